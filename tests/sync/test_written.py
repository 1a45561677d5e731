"""Every form's every field: what it takes and what it refuses, by type."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from wtforms import BooleanField, Form, IntegerField

from ledvei_pwa.features.agreements.forms import AgreementForm, SummaryForm
from ledvei_pwa.features.assessment.forms import AssessmentForm
from ledvei_pwa.features.debrief.forms import DebriefForm
from ledvei_pwa.features.preparation.forms import PreparationForm, SupervisorPreparationForm, TopicForm
from ledvei_pwa.features.supervision.forms import HoldingForm
from ledvei_pwa.platform.written import Choices, field_problems, is_iso_date, references, unknown_fields

FORMS = [
    TopicForm,
    PreparationForm,
    SupervisorPreparationForm,
    DebriefForm,
    AssessmentForm,
    AgreementForm,
    SummaryForm,
    HoldingForm,
]
FIELDS = [(form, name) for form in FORMS for name in form()._fields]
EVERY_FIELD = pytest.mark.parametrize(
    ("form", "name"), FIELDS, ids=[f"{form.__name__}.{name}" for form, name in FIELDS]
)
ANYTHING: list[Any] = [
    None,
    "",
    "a",
    "private",
    "\x00",
    "\ud800",
    "x" * 100_000,
    True,
    False,
    0,
    1,
    -1,
    10**15,
    "1",
]


def accepted(form: type[Form], name: str) -> list[Any]:
    return [value for value in ANYTHING if not field_problems(form, {name: value})]


def typed(values: list[Any]) -> set[tuple[type, Any]]:
    return {(type(value), value) for value in values}


@EVERY_FIELD
def test_a_field_takes_values_of_its_own_type_alone(app: Flask, form: type[Form], name: str) -> None:
    field = form()[name]
    taken = accepted(form, name)
    if isinstance(field, Choices):
        allowed = typed([*field.values, *([] if field.flags.required else [None, ""])])
    elif isinstance(field, BooleanField):
        allowed = typed([True, False])
    elif isinstance(field, IntegerField):
        allowed = typed([None, 0, 1])
    else:
        allowed = typed(["", "a", "private", "1"])
    assert typed(taken) <= allowed
    assert taken


@EVERY_FIELD
def test_every_field_has_a_label(app: Flask, form: type[Form], name: str) -> None:
    assert str(form()[name].label.text)


@pytest.mark.parametrize("form", FORMS)
def test_every_field_renders(app: Flask, form: type[Form]) -> None:
    with app.test_request_context():
        for field in form():
            assert f'name="{field.name}"' in str(field())


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_required_of_an_operation_that_sets_nothing(app: Flask, form: type[Form]) -> None:
    assert field_problems(form, {}) == {}


def test_a_field_that_the_form_does_not_have_is_named(app: Flask) -> None:
    assert unknown_fields(TopicForm, ["question", "populate_obj", "_fields"]) == ["_fields", "populate_obj"]


def test_the_fields_that_point_at_something_are_known(app: Flask) -> None:
    assert references(TopicForm) == {"debrief": "entry", "outcome_session": "session"}
    assert references(AgreementForm) == {"owner": "person"}


@pytest.mark.parametrize("text", ["2026-11-18", "1999-02-28", "2028-02-29"])
def test_a_day_is_a_date(text: str) -> None:
    assert is_iso_date(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "18.11.2026", "20261118", "2026-W10-1", "0001-01-01", "٢٠٢٦-١١-١٨", " 2026-11-18"]
)
def test_what_is_no_day_is_not(text: str) -> None:
    assert not is_iso_date(text)


def test_one_character_more_than_there_is_room_for_is_too_long(app: Flask) -> None:
    assert field_problems(TopicForm, {"question": "å" * 2000}) == {}
    assert list(field_problems(TopicForm, {"question": "å" * 2001})) == ["question"]


@pytest.mark.parametrize(
    ("form", "name"),
    [(TopicForm, "question"), (DebriefForm, "happened"), (AgreementForm, "text"), (SummaryForm, "text")],
)
def test_a_national_identity_number_is_never_taken(app: Flask, form: type[Form], name: str) -> None:
    assert list(field_problems(form, {name: "The boy, 01019010046, was there."})) == [name]
