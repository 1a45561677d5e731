"""`/log`: who did what to whom, in plain words, for those who run the service."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from flask import Flask

from ledvei_pwa.features.log import actions as log
from ledvei_pwa.features.log import words
from ledvei_pwa.features.log.spreadsheet import as_words
from ledvei_pwa.features.people import actions
from ledvei_pwa.features.people.actions import NewRole, PersonCard
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import speaking
from tests.support.page_client import PageClient
from tests.support.people import a_person, a_service, a_team, actor_of, sign_in
from tests.support.statements import listening
from tests.support.supervision import a_series

pytestmark = pytest.mark.one_database


@pytest.fixture
def leader(app: Flask, now: datetime) -> PersonCard:
    return a_person(Role.SERVICE_LEADER, name="Åse Lund", language="nb")


@pytest.fixture
def administrator(leader: PersonCard) -> PersonCard:
    return a_person(Role.ADMINISTRATOR, name="Geir Moe", language="nb")


@pytest.fixture
def person(leader: PersonCard) -> PersonCard:
    return a_person(name="Bo Ek")


def shown(client: PageClient, who: PersonCard, address: str = "/log") -> str:
    sign_in(client, who)
    return client.page(address).text()


def disable(leader: PersonCard, person: PersonCard, now: datetime) -> None:
    assert actions.disable_person(actor_of(leader), person.id, now=now).ok


def test_a_line_says_what_was_done_to_whom_by_whom_and_when(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    disable(leader, person, now)
    assert "Stengte en konto: Bo Ek Åse Lund · 18. november 2026 10.00" in shown(client, leader)


def test_a_role_is_told_with_its_days(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    assert actions.add_role(actor_of(leader), person.id, NewRole(Role.SUPERVISOR), now=now).ok
    assert "Ga en rolle: Bo Ek Veileder, fra 18. november 2026" in shown(client, leader)


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_deed_has_words_in_both_languages(language: str) -> None:
    with speaking(language):
        told = {deed: words.in_words(deed) for deed in Deed}
    english = {deed: words.DEEDS[deed].message for deed in Deed if deed in words.DEEDS}
    assert [deed for deed, text in told.items() if text in {deed.value, english.get(deed)}] == []
    assert len(set(told.values())) == len(Deed)


def test_a_deed_of_a_newer_version_is_shown_by_its_code() -> None:
    assert words.in_words("something_new") == "something_new"


@pytest.mark.parametrize(
    ("asked", "is_there"),
    [
        ("deed=person_disabled", True),
        ("deed=role_given", False),
        ("words=stengte", True),
        ("words=bo+stengte", True),
        ("words=%C3%A5se", True),
        ("words=kari", False),
        ("from_day=2026-11-18&to_day=2026-11-18", True),
        ("from_day=2026-11-19", False),
        ("to_day=2026-11-17", False),
        ("from_day=tomorrow&deed=&person=", True),
    ],
)
def test_the_log_is_narrowed_by_words_deed_and_days(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime, asked: str, is_there: bool
) -> None:
    disable(leader, person, now)
    told = shown(client, leader, f"/log?{asked}")
    assert ("Stengte en konto: Bo Ek" in told) is is_there


def test_a_day_is_a_norwegian_one(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    """Half past midnight in Oslo is yesterday evening in UTC."""
    with time_machine.travel(now.replace(hour=0, minute=30), tick=False):
        disable(leader, person, datetime.now(now.tzinfo))
    assert "Stengte en konto: Bo Ek" in shown(client, leader, "/log?from_day=2026-11-18")


def test_what_somebody_did_and_what_was_done_to_them_are_both_found(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    disable(leader, person, now)
    for who in (leader, person):
        assert "Stengte en konto: Bo Ek" in shown(client, leader, f"/log?person={who.id}")
    other = a_person(name="Kari Nes")
    assert "Stengte en konto: Bo Ek" not in shown(client, leader, f"/log?person={other.id}")


def test_old_lines_are_found_by_going_on(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    disable(leader, person, now)
    for _ in range(log.ON_A_PAGE):
        audit.record(leader.service_id, Deed.ROLE_GIVEN, ("person", leader.id), by=None, at=now)
    db.session.commit()
    sign_in(client, leader)
    first = client.page("/log")
    assert "Stengte" not in first.text().split("Vis")[-1]
    older = client.page(first.links()["Vis eldre"])
    assert "Stengte en konto: Bo Ek" in older.text()
    assert "Vis eldre" not in older.links()


def test_nothing_found_says_what_to_try(client: PageClient, leader: PersonCard) -> None:
    assert "Ingen linjer passer" in shown(client, leader, "/log?words=zzz")


def test_an_administrator_is_not_shown_who_supervises_whom(
    client: PageClient, leader: PersonCard, administrator: PersonCard, person: PersonCard, now: datetime
) -> None:
    supervisor = a_person(Role.SUPERVISOR, name="Veslemøy Vik")
    a_series(supervisor, [person], now=now)
    by_leader = shown(client, leader, "/log?deed=series_made")
    assert "veileder: Veslemøy Vik" in by_leader
    assert "Bo Ek" in by_leader.split("Startet et veiledningsløp")[-1]
    listed = shown(client, administrator, "/log?deed=series_made").split("Startet et veiledningsløp")[-1]
    assert "veileder:" not in listed
    assert "Bo Ek" not in listed


def test_nor_do_they_find_it_by_looking_for_somebody(
    client: PageClient, leader: PersonCard, administrator: PersonCard, person: PersonCard, now: datetime
) -> None:
    a_series(a_person(Role.SUPERVISOR, name="Veslemøy Vik"), [person], now=now)
    asked = f"deed=series_made&person={person.id}"
    assert lines(leader, person=person.id) > lines(administrator, person=person.id)
    assert "Ingen linjer passer" in shown(client, administrator, f"/log?{asked}")


def lines(who: PersonCard, **wanted: str) -> int:
    found = log.find_lines(actor_of(who), log.Wanted(deed="series_made", **wanted))
    assert found.value
    return len(found.value.lines)


def test_another_services_lines_are_not_there(client: PageClient, leader: PersonCard) -> None:
    other = a_service("Elvedal")
    theirs = a_person(Role.SERVICE_LEADER, service=other, name="Deres leder")
    assert "Deres leder" not in shown(client, leader)
    assert "Deres leder" in shown(client, theirs)


def test_what_people_do_with_their_own_is_nobody_elses_business(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    audit.record(leader.service_id, Deed.OWN_DATA_TAKEN_OUT, ("person", person.id), by=person.id, at=now)
    db.session.commit()
    assert "Ingen linjer passer" in shown(client, leader, "/log?deed=own_data_taken_out")


def test_those_who_do_not_run_the_service_get_nothing(app: Flask, leader: PersonCard) -> None:
    service = actions.service_of(leader.service_id)
    assert service
    team = a_team(service)
    team_leader = actor_of(a_person(Role.TEAM_LEADER, team=team))
    assert not log.find_lines(team_leader, log.Wanted()).ok
    assert not log.take_out(team_leader, log.Wanted(), now=datetime.now().astimezone()).ok


# --- as a file --------------------------------------------------------------------------------------------


def file_of(client: PageClient, who: PersonCard, **wanted: str) -> list[list[str]]:
    sign_in(client, who)
    answer = client.send("/log/export", page="/log", **wanted)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "no-store"
    name = "logg-over-administrasjon-2026-11-18.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(StringIO(text), delimiter=";"))


def test_the_file_holds_the_lines_that_fit_with_their_checksums(
    client: PageClient, leader: PersonCard, person: PersonCard, now: datetime
) -> None:
    disable(leader, person, now)
    heads, row = file_of(client, leader, deed="person_disabled")
    (line,) = [line for line in audit.latest(leader.service_id, 99) if line.deed == "person_disabled"]
    assert heads[0] == "Linje"
    assert row == [
        str(line.number), "2026-11-18 10:00:00", "Åse Lund", "Stengte en konto", "Bo Ek", "", line.hash
    ]  # fmt: skip


def test_that_the_log_was_taken_out_is_in_the_log(client: PageClient, leader: PersonCard) -> None:
    rows = file_of(client, leader)
    assert [row[3] for row in rows[1:2]] == ["Lastet ned denne loggen"]
    assert len(rows) - 1 == audit.walk(leader.service_id).lines


def test_a_long_log_comes_whole(
    client: PageClient, leader: PersonCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "AT_ONCE", 2)
    rows = file_of(client, leader)
    numbers = [int(row[0]) for row in rows[1:]]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) > 2


def test_a_browser_left_open_gives_no_file(client: PageClient, leader: PersonCard) -> None:
    sign_in(client, leader, is_fresh=False)
    answer = client.send("/log/export", page="/log")
    assert answer.status_code == 401
    assert "Content-Disposition" not in answer.headers


def test_a_name_that_is_a_formula_is_shown_and_not_worked_out(
    client: PageClient, leader: PersonCard, now: datetime
) -> None:
    hostile = a_person(name='=HYPERLINK("http://evil.example";"Bo")')
    disable(leader, hostile, now)
    _heads, row = file_of(client, leader, deed="person_disabled")
    assert row[4] == '\'=HYPERLINK("http://evil.example";"Bo")'


@pytest.mark.parametrize(
    "cell", ["=1+1", "+47", "-2", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", "＝1+1", "\u00a0=1", "\u200b=1"]
)
def test_what_a_spreadsheet_would_work_out_is_made_words(cell: str) -> None:
    assert as_words(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Bo Ek", "18. november", "2026-11-18", "a=1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert as_words(cell) == cell


def test_a_page_costs_as_many_statements_however_long_the_log_is(leader: PersonCard, now: datetime) -> None:
    actor = actor_of(leader)

    def asked() -> int:
        with listening() as heard:
            log.find_lines(actor, log.Wanted())
        return len(heard)

    few = asked()
    for minutes in range(60):
        moment = now + timedelta(minutes=minutes)
        audit.record(actor.service_id, Deed.ROLE_GIVEN, ("person", actor.person_id), by=None, at=moment)
    db.session.commit()
    assert asked() == few
