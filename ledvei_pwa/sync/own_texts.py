"""All that one person has written, as they themselves read it: for the file that they can take away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import structlog
from wtforms import Form

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.kernel.access import Audience, supervises_entry
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform.i18n import format_date, lazy_gettext
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.written import Choices, references
from ledvei_pwa.sync.conflicts import REMOVED
from ledvei_pwa.sync.records import Entry, entries_of_author
from ledvei_pwa.sync.texts import conflicts_of, fields_of

log = structlog.get_logger(__name__)

KIND_NAMES: Final = {
    "topic": lazy_gettext("Topic"),
    "preparation": lazy_gettext("Preparation"),
    "supervisor_preparation": lazy_gettext("The supervisor's preparation"),
    "debrief": lazy_gettext("Debrief"),
    "assessment": lazy_gettext("Self-assessment"),
    "agreement": lazy_gettext("Agreement"),
    "summary": lazy_gettext("Summary"),
    "holding": lazy_gettext("A session held"),
}
READERS: Final = {
    Audience.PRIVATE: lazy_gettext("Only you can read this."),
    Audience.SUPERVISOR: lazy_gettext("You and your supervisor can read this."),
    Audience.GROUP: lazy_gettext("The group can read this."),
}
# What is kept for the app and says nothing to a person; who reads it is said in words of its own.
SILENT: Final = {"audience", "debrief", "outcome_session", "agenda_minutes", "agenda_order"}
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Answer:
    """One field, as it was asked and answered."""

    label: str
    text: str


@dataclass(frozen=True)
class OwnText:
    """One entry. `answers` is None when it cannot be read, which its author must be told."""

    title: str
    written_at: datetime
    session_at: datetime | None
    readers: str
    removed_at: datetime | None
    answers: list[Answer] | None
    beside: list[Answer] = field(default_factory=list)  # the other side of what was written in two places


def own_texts(person_id: str) -> Iterator[OwnText]:
    """Everything whose author this person is, the newest first, in the current language. Nobody else's."""
    for entry in entries_of_author(person_id):
        yield own_text(entry)


def own_text(entry: Entry) -> OwnText:
    """One entry as its author reads it. For its author alone."""
    session = supervision.session_scope(entry.session_id) if entry.session_id else None
    answers, beside = _answers(entry)
    return OwnText(
        title=str(KIND_NAMES.get(entry.kind, entry.kind)),
        written_at=entry.created_at,
        session_at=session.starts_at if session else None,
        readers=_readers(entry),
        removed_at=entry.deleted_at,
        answers=answers,
        beside=beside,
    )


def _readers(entry: Entry) -> str:
    """In words, also when the supervisor is another than the one it was shared with."""
    audience = Audience(entry.audience)
    series = supervision.series_scope(entry.series_id) if entry.series_id else None
    if series is None or supervises_entry(audience, series.named_id, entry.shared_with):
        return str(READERS[audience])
    if entry.shared_with is None:
        return str(READERS[Audience.PRIVATE])
    names = people.persons_by_ids([entry.shared_with, series.named_id])
    earlier, now = (
        person.name if person else _("somebody")
        for person in (names.get(entry.shared_with), names.get(series.named_id))
    )
    said = _("Shared with %(name)s, who was your supervisor.", name=earlier)
    return f"{said} {_('%(name)s cannot read it.', name=now)}"


def _answers(entry: Entry) -> tuple[list[Answer] | None, list[Answer]]:
    """One damaged text must not keep the others from their author."""
    try:
        return answers_of(entry.kind, fields_of(entry)), _beside(entry)
    except Exception as error:
        log.error("own_text_unreadable", entry=entry.id, error=type(error).__name__)
        return None, []


def _beside(entry: Entry) -> list[Answer]:
    return [
        Answer(_("%(field)s, as you wrote it in another place", field=answer.label), answer.text)
        for name, values in conflicts_of(entry).items()
        if name != REMOVED
        for value in values
        for answer in answers_of(entry.kind, {name: value.value})
    ]


def answers_of(kind_name: str, fields: Mapping[str, FieldValue]) -> list[Answer]:
    """The filled fields in the order of their form; what no form knows any more comes last, by its name."""
    kind = house().entry_kinds.get(kind_name)
    form = kind.form() if kind else Form()
    people_named = (
        {name for name, what in references(kind.form).items() if what == "person"} if kind else set()
    )
    known = [name for name in form._fields if name in fields]
    rest = [name for name in fields if name not in form._fields]
    said = [(name, _say(form, name, fields[name], people_named)) for name in [*known, *rest]]
    return [
        Answer(str(form[name].label.text) if name in form else name, text)
        for name, text in said
        if text and name not in SILENT
    ]


def _say(form: Form, name: str, value: FieldValue, people_named: set[str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in people_named:
        person = people.persons_by_ids([str(value)]).get(str(value))
        return person.name if person else _("somebody")
    if name in form and isinstance(form[name], Choices):
        return _word_of(form[name], value)
    if isinstance(value, str) and DAY.fullmatch(value):
        return format_date(date.fromisoformat(value))
    return str(value)


def _word_of(choices: Choices, value: FieldValue) -> str:
    words = [str(choice.label) for choice in choices.choices if choice.value == value]
    word = words[0] if words else str(value)
    return f"{value} – {word}" if isinstance(value, int) and not word.startswith(str(value)) else word
