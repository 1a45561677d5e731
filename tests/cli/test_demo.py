"""The demo service has something true to show on every page. It is made once, and read by all tests here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from ledvei_pwa import create_app
from ledvei_pwa.cli import main
from ledvei_pwa.cli.demo import organisation, story, words
from ledvei_pwa.features.people import records as people
from ledvei_pwa.features.supervision.records import Series, SeriesMember, Session
from ledvei_pwa.kernel.merge import FieldValue
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings
from ledvei_pwa.sync.records import Entry
from ledvei_pwa.sync.texts import fields_of

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(400)]


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


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings.from_environment({"LEDVEI_INSTANCE": str(folder / "instance")})
    settings.instance_path.mkdir()
    ensure_keys(settings.keys_path)
    schema.upgrade(settings.database_url)
    with create_app(settings).app_context():
        now = datetime.now(UTC)
        story.fill(now)
        yield read_demo(folder, now)
        db.session.remove()
        db.engine.dispose()


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
    with create_app(
        Settings.from_environment({"LEDVEI_INSTANCE": str(demo.folder / "instance")})
    ).app_context():
        assert len(list(db.session.scalars(select(Entry.id)))) == len(demo.entries)
        db.session.remove()
        db.engine.dispose()


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
