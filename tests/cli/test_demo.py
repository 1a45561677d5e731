"""The demo service has something true to show on every page. It is made once, and read by all tests here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from ledvei_pwa import create_app
from ledvei_pwa.cli import main
from ledvei_pwa.cli.demo import organisation, story, words
from ledvei_pwa.features.people import records as people
from ledvei_pwa.features.supervision.records import Series, SeriesMember, Session
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform.database import db
from ledvei_pwa.settings import Settings
from ledvei_pwa.sync.records import Entry
from ledvei_pwa.sync.texts import fields_of
from tests.support.serving import Installation

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Written:
    kind: str
    author: str
    audience: str
    at: datetime
    fields: dict[str, FieldValue]


@dataclass(frozen=True)
class Demo:
    folder: Path
    made_at: datetime
    names: dict[str, str]
    series: list[Series]
    members: Counter[str]
    sessions: list[Session]
    entries: list[Written]

    def of_kind(self, kind: str) -> list[Written]:
        return [entry for entry in self.entries if entry.kind == kind]


@dataclass(frozen=True)
class Prepared:
    """What `ledvei serve --prepare` has made in an empty folder, and what was seen while it served."""

    here: Installation
    made_at: datetime
    address: str
    links: dict[str, str]
    first_page: bytes


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    here = Installation(tmp_path_factory.mktemp("demo"))
    with here.serving("--prepare", longest_start=300) as served:
        links = links_of(here)
        page = served.get(links["caseworker"].removeprefix(served.address)).read()
    with app_in(here).app_context():
        made_at = db.session.scalars(select(people.Service.created_at)).one() + story.LONG_BEFORE
        close()
    return Prepared(here, made_at, served.address, links, page)


@pytest.fixture(scope="module")
def demo(prepared: Prepared) -> Iterator[Demo]:
    with app_in(prepared.here).app_context():
        yield read_demo(prepared.here.folder, prepared.made_at)
        close()


def app_in(here: Installation) -> Flask:
    return create_app(Settings.from_environment({"LEDVEI_INSTANCE": str(here.folder / "instance")}))


def close() -> None:
    db.session.remove()
    db.engine.dispose()


def links_of(here: Installation) -> dict[str, str]:
    """One for each role, where it is being served."""
    return dict(json.loads(here.run("links", "--json").stdout))


def read_demo(folder: Path, now: datetime) -> Demo:
    entries = [
        Written(entry.kind, entry.author_id, entry.audience, entry.created_at, fields_of(entry))
        for entry in db.session.scalars(select(Entry))
    ]
    return Demo(
        folder=folder,
        made_at=now,
        names={person.id: person.name for person in db.session.scalars(select(people.Person))},
        series=list(db.session.scalars(select(Series))),
        members=Counter(db.session.scalars(select(SeriesMember.series_id))),
        sessions=list(db.session.scalars(select(Session))),
        entries=entries,
    )


def test_prepare_makes_the_demo_once_and_keeps_it(prepared: Prepared) -> None:
    first = prepared.links
    assert all(link.startswith(f"{prepared.address}/demo/") for link in first.values())
    assert b"<template" in prepared.first_page
    with prepared.here.serving("--prepare"):
        second = links_of(prepared.here)
    assert set(first) == {"caseworker", "supervisor", "team_leader", "service_leader", "external_supervisor"}
    assert {role: link.split("/", 3)[3] for role, link in first.items()} == {
        role: link.split("/", 3)[3] for role, link in second.items()
    }


def test_there_are_series_of_both_forms_and_of_many_rhythms(demo: Demo) -> None:
    assert {series.form for series in demo.series} == {"individual", "group"}
    assert {demo.members[series.id] > 1 for series in demo.series if series.form == "group"} == {True}
    assert len({series.rule.split("BYDAY")[0] for series in demo.series}) >= 4


def test_there_are_series_in_a_room_and_series_on_video(demo: Demo) -> None:
    assert any(series.place for series in demo.series)
    assert any(series.video_link for series in demo.series)


def test_a_year_of_sessions_was_held_and_some_were_moved(demo: Demo) -> None:
    held = [session.starts_at for session in demo.sessions if session.status == "held"]
    assert min(held) < demo.made_at - timedelta(weeks=50)
    assert demo.made_at - timedelta(weeks=1) < max(held) <= demo.made_at
    assert sum(session.moved_at is not None for session in demo.sessions) > 10


def test_sessions_are_planned_half_a_year_ahead(demo: Demo) -> None:
    assert max(session.starts_at for session in demo.sessions) > demo.made_at + timedelta(weeks=20)


def test_there_are_agreements_still_open_and_agreements_done(demo: Demo) -> None:
    assert {entry.fields.get("done") is True for entry in demo.of_kind("agreement")} == {True, False}


@pytest.mark.parametrize("kind", ["topic", "debrief"])
def test_some_is_shared_and_some_is_private(demo: Demo, kind: str) -> None:
    assert {"private", "supervisor"} <= {entry.audience for entry in demo.of_kind(kind)}


def test_every_kind_of_text_is_there(demo: Demo) -> None:
    kinds = {"topic", "preparation", "supervisor_preparation", "debrief", "assessment"}
    assert kinds | {"agreement", "summary", "holding"} == {entry.kind for entry in demo.entries}


def test_the_caseworker_has_assessed_herself_through_most_of_a_year(demo: Demo) -> None:
    taken = [
        date.fromisoformat(str(entry.fields["taken_on"]))
        for entry in demo.of_kind("assessment")
        if demo.names[entry.author] == organisation.CASEWORKER.name
    ]
    assert len(taken) >= 6
    assert max(taken) - min(taken) > timedelta(weeks=40)


def test_nobody_has_agreed_to_the_same_thing_twice(demo: Demo) -> None:
    agreed = Counter((entry.fields["owner"], entry.fields["text"]) for entry in demo.of_kind("agreement"))
    assert [pair for pair, times in agreed.items() if times > 1] == []


def test_nobody_asks_the_same_question_twice(demo: Demo) -> None:
    asked = Counter((entry.author, entry.fields["question"]) for entry in demo.of_kind("topic"))
    assert [pair for pair, times in asked.items() if times > 1] == []


def test_people_do_not_all_prepare_the_same_for_their_next_session(demo: Demo) -> None:
    last = demo.made_at - timedelta(days=4)
    fresh = [entry for entry in demo.of_kind("topic") if entry.at > last and entry.audience == "supervisor"]
    assert len({entry.fields["question"] for entry in fresh}) > len(fresh) / 2


def test_a_second_demo_in_the_same_place_is_refused(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.folder)
    refused = CliRunner(env={"LEDVEI_INSTANCE": str(demo.folder / "instance")}).invoke(main, ["demo"])
    assert refused.exit_code == 1
    assert "here already" in refused.output
    with app_in(Installation(demo.folder)).app_context():
        assert len(list(db.session.scalars(select(Entry.id)))) == len(demo.entries)
        close()


def test_a_walk_says_everything_once_before_it_says_anything_again() -> None:
    walks, choices = words.Walks(1), list(range(7))
    said = [walks.next("anna", "numbers", choices) for _ in range(14)]
    assert sorted(said[:7]) == sorted(said[7:]) == choices


def test_a_walk_is_the_same_every_time_whoever_else_walks() -> None:
    alone, together = words.Walks(1), words.Walks(1)
    together.next("berit", "numbers", range(7))
    assert [alone.next("anna", "numbers", range(7)) for _ in range(7)] == [
        together.next("anna", "numbers", range(7)) for _ in range(7)
    ]


def test_a_walk_passes_over_what_has_just_been_said_and_comes_back_to_it() -> None:
    walks = words.Walks(1)
    first = walks.next("anna", "numbers", range(3))
    left = [walks.next("anna", "numbers", range(3), but=[number]) for number in range(3) if number != first]
    assert sorted([first, *left]) == [0, 1, 2]
