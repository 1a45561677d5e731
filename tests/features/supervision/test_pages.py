"""What leaders and supervisors do on the pages of series, sessions and quiet weeks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.supervision import actions, records
from ledvei_pwa.features.supervision.forms import people_choices
from ledvei_pwa.features.supervision.records import Series
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.cadence import Rhythm, Rule, Unit
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import db
from tests.support.page_client import Page, PageClient
from tests.support.people import a_person, a_service, a_team, actor_of, sign_in
from tests.support.supervision import a_held_session, a_series, a_session

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def service(now: datetime, app: object) -> ServiceCard:
    return a_service()


@pytest.fixture
def leader(service: ServiceCard) -> PersonCard:
    return a_person(Role.SERVICE_LEADER, service=service, name="Leder Lund")


@pytest.fixture
def supervisor(service: ServiceCard) -> PersonCard:
    return a_person(Role.SUPERVISOR, service=service, name="Ragnhild Vik")


@pytest.fixture
def member(service: ServiceCard) -> PersonCard:
    return a_person(service=service, name="Ingvild Moe")


def filled(supervisor: PersonCard, *members: PersonCard, **changes: Any) -> dict[str, Any]:
    """What a browser sends when the form is filled in."""
    return {
        "form": "individual" if len(members) == 1 else "group",
        "member_ids": [member.id for member in members],
        "supervisor_id": supervisor.id,
        "name": "",
        "rhythm": "weekly",
        "start_date": "2026-12-10",
        "interval": "4",
        "unit": "weeks",
        "ordinal": "0",
        "local_time": "10:00",
        "minutes": "60",
        "place": "Rom 2",
        "video_link": "",
        "compulsory": "y",
        "mix_case": "50",
        "mix_strain": "25",
        "mix_role": "25",
        "mix_practical": "0",
        "mix_other": "0",
        **changes,
    }


def page_of(response: TestResponse) -> Page:
    return Page(response.get_data(as_text=True))


def preview(client: PageClient, address: str, fields: dict[str, Any]) -> Page:
    response = client.send(address, step="preview", **fields)
    assert response.status_code == 200, page_of(response).text()
    return page_of(response)


def save(client: PageClient, address: str, fields: dict[str, Any]) -> TestResponse:
    """Look at the dates, then save, as a person does."""
    shown = preview(client, address, fields)
    return client.send(address, step="save", **{**fields, "previewed": shown.value("previewed")})


def the_series(service: ServiceCard) -> Series:
    (series,) = records.series_of_service(service.id)
    return series


# --- starting ---------------------------------------------------------------------------------------------


def test_a_leader_starts_a_series_after_looking_at_its_dates(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    sign_in(client, leader)
    response = save(client, "/series/new", filled(supervisor, member))
    series = the_series(service)
    assert response.headers["Location"] == f"/series/{series.id}"
    assert local(records.sessions_of(series.id)[0].starts_at).isoformat() == "2026-12-10T10:00:00+01:00"
    assert (series.place, series.compulsory, series.rule) == ("Rom 2", True, "FREQ=WEEKLY;BYDAY=TH")


def test_the_first_five_dates_are_shown_with_those_that_are_skipped(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    actions.set_quiet_weeks(actor_of(leader), 2027, [1], now=datetime.fromisoformat("2026-11-18T10:00+01:00"))
    sign_in(client, leader)
    shown = preview(client, "/series/new", filled(supervisor, member))
    struck = ["".join(day.itertext()) for day in shown.all("s")]
    assert len(struck) == 3  # Christmas Eve, New Year's Eve and the quiet week
    assert all(part in text for part, text in zip(("24.", "31.", "7."), struck, strict=True))
    kept = [item for item in shown.all("span") if item.get("class") == "lv-item__title"]
    assert len(kept) == 5


def test_showing_the_dates_saves_nothing(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    sign_in(client, leader)
    preview(client, "/series/new", filled(supervisor, member))
    assert records.series_of_service(service.id) == []


def test_what_was_changed_after_the_dates_were_shown_is_shown_again_first(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    sign_in(client, leader)
    shown = preview(client, "/series/new", filled(supervisor, member))
    changed = filled(supervisor, member, rhythm="3", previewed=shown.value("previewed"))
    assert client.send("/series/new", step="save", **changed).status_code == 200
    assert records.series_of_service(service.id) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rhythm": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"),
        ({"rhythm": "3"}, "FREQ=WEEKLY;INTERVAL=3;BYDAY=TH"),
        ({"rhythm": "monthly"}, "FREQ=MONTHLY;BYDAY=2TH"),
        ({"rhythm": "custom", "interval": "6"}, "FREQ=WEEKLY;INTERVAL=6;BYDAY=TH"),
        ({"rhythm": "custom", "interval": "1", "weekdays": ["TH", "MO"]}, "FREQ=WEEKLY;BYDAY=MO,TH"),
        ({"rhythm": "custom", "interval": "2", "unit": "months"}, "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TH"),
        (
            {"rhythm": "custom", "interval": "1", "unit": "months", "ordinal": "-1"},
            "FREQ=MONTHLY;BYDAY=-1TH",
        ),
    ],
)
def test_every_rhythm_of_the_form_makes_its_rule(
    changes: dict[str, Any],
    rule: str,
    client: PageClient,
    leader: PersonCard,
    supervisor: PersonCard,
    member: PersonCard,
    service: ServiceCard,
) -> None:
    sign_in(client, leader)
    save(client, "/series/new", filled(supervisor, member, **changes))
    assert the_series(service).rule == rule


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member_ids": []}, "member_ids"),
        ({"member_ids": ["not-a-person"]}, "member_ids"),
        ({"form": "group"}, "member_ids"),
        ({"form": "pair"}, "form"),
        ({"supervisor_id": ""}, "supervisor_id"),
        ({"supervisor_id": "not-a-person"}, "supervisor_id"),
        ({"start_date": ""}, "start_date"),
        ({"start_date": "10.12.2026"}, "start_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"start_date": "2036-01-01"}, "start_date"),
        ({"local_time": "25:00"}, "local_time"),
        ({"local_time": "ten"}, "local_time"),
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "-60"}, "minutes"),
        ({"minutes": "one"}, "minutes"),
        ({"minutes": "9" * 4000}, "minutes"),
        ({"rhythm": "daily"}, "rhythm"),
        ({"rhythm": "custom", "interval": "13"}, "interval"),
        ({"rhythm": "custom", "interval": "0"}, "interval"),
        ({"rhythm": "custom", "unit": "years"}, "unit"),
        ({"video_link": "http://example.org"}, "video_link"),
        ({"video_link": "javascript:alert(1)"}, "video_link"),
        ({"mix_case": "49"}, "mix_case"),
        ({"mix_case": "half"}, "mix_case"),
        ({"place": "a" * 300}, "place"),
        ({"name": "a" * 300}, "name"),
    ],
)
def test_bad_input_gets_an_error_at_its_field(
    changes: dict[str, Any],
    field: str,
    client: PageClient,
    leader: PersonCard,
    supervisor: PersonCard,
    member: PersonCard,
    service: ServiceCard,
) -> None:
    sign_in(client, leader)
    response = client.send("/series/new", step="preview", **filled(supervisor, member, **changes))
    assert response.status_code == 400
    shown = page_of(response)
    (error,) = [p for p in shown.all("p") if p.get("data-error-for") == field]
    assert "".join(error.itertext()).strip()
    assert error.get("hidden") is None
    assert records.series_of_service(service.id) == []


def test_people_are_found_by_name_without_losing_those_already_chosen(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    others = [a_person(service=service, name=f"Kollega {number}") for number in range(8)]
    sign_in(client, leader)
    fields = filled(supervisor, member, find="kollega 3")
    shown = page_of(client.send("/series/new", step="find", **fields))
    listed = {box.get("value"): box.get("checked") is not None for box in boxes(shown, "member_ids")}
    assert listed == {member.id: True, others[3].id: False}


def boxes(page: Page, name: str) -> list[Any]:
    return [box for box in page.all("input") if box.get("name") == name]


def test_a_supervisor_can_choose_only_themselves_as_supervisor(
    client: PageClient, leader: PersonCard, supervisor: PersonCard
) -> None:
    sign_in(client, supervisor)
    shown = client.page("/series/new")
    assert [option.get("value") for option in shown.field("supervisor_id").iter("option")] == [
        "",
        supervisor.id,
    ]


def test_a_team_leader_who_chooses_another_teams_person_is_told_so(
    client: PageClient, service: ServiceCard, supervisor: PersonCard, member: PersonCard
) -> None:
    sign_in(client, a_person(Role.TEAM_LEADER, service=service, team=a_team(service)))
    response = client.send("/series/new", step="save", **filled(supervisor, member))
    assert response.status_code == 400
    assert records.series_of_service(service.id) == []


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.EXTERNAL_SUPERVISOR, Role.ADMINISTRATOR])
def test_others_do_not_reach_the_page_that_starts_a_series(
    role: Role, client: PageClient, service: ServiceCard
) -> None:
    sign_in(client, a_person(role, service=service))
    assert client.get("/series/new").status_code == 403


# --- looking ----------------------------------------------------------------------------------------------


def test_the_list_says_who_how_often_and_when_next(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard
) -> None:
    a_series(supervisor, [member])
    sign_in(client, leader)
    text = client.page("/series").text()
    assert "Ingvild Moe" in text
    assert "Ragnhild Vik" in text
    assert "torsdag" in text
    assert "19. november kl. 10.00" in text


def test_an_empty_list_says_what_to_do_next(client: PageClient, leader: PersonCard) -> None:
    sign_in(client, leader)
    assert "/series/new" in client.page("/series").links().values()


@pytest.mark.parametrize(("query", "count"), [("", 1), ("state=ended", 1), ("state=all", 2)])
def test_the_list_can_show_what_runs_and_what_has_ended(
    query: str,
    count: int,
    client: PageClient,
    leader: PersonCard,
    supervisor: PersonCard,
    member: PersonCard,
    now: datetime,
) -> None:
    a_series(supervisor, [member])
    actions.end_series(actor_of(leader), a_series(supervisor, [member]).id, now=now)
    sign_in(client, leader)
    assert len(series_links(client.page(f"/series?{query}"))) == count


def series_links(page: Page) -> list[str]:
    hrefs = [link.get("href", "") for link in page.all("a") if link.get("class") == "lv-item"]
    return [href for href in hrefs if href.startswith("/series/")]


def test_the_list_can_be_narrowed_to_a_person_a_supervisor_or_a_team(
    client: PageClient, leader: PersonCard, supervisor: PersonCard, member: PersonCard, service: ServiceCard
) -> None:
    team = a_team(service)
    in_team = a_person(Role.CASEWORKER, service=service, team=team)
    first, second = a_series(supervisor, [member]), a_series(None, [in_team], service=service)
    sign_in(client, leader)
    for query, expected in (
        (f"person={member.id}", first),
        (f"supervisor={second.supervisor_id}", second),
        (f"team={team.id}", second),
    ):
        assert series_links(client.page(f"/series?{query}")) == [f"/series/{expected.id}"]
    assert series_links(client.page("/series?person=nobody")) == []


@pytest.mark.parametrize(
    "who", ["supervisor", "member", "strange_supervisor", "strange_team_leader", "own_leader"]
)
def test_everyone_sees_only_what_is_theirs(
    who: str, client: PageClient, service: ServiceCard, supervisor: PersonCard
) -> None:
    team = a_team(service)
    member = a_person(Role.CASEWORKER, service=service, team=team)
    series = a_series(supervisor, [member])
    people = {
        "supervisor": lambda: supervisor,
        "member": lambda: member,
        "strange_supervisor": lambda: a_person(Role.SUPERVISOR, service=service),
        "strange_team_leader": lambda: a_person(
            Role.TEAM_LEADER, service=service, team=a_team(service, "Mottak")
        ),
        "own_leader": lambda: a_person(Role.TEAM_LEADER, service=service, team=team),
    }
    sees = not who.startswith("strange")
    sign_in(client, people[who]())
    assert series_links(client.page("/series")) == ([f"/series/{series.id}"] if sees else [])
    assert client.get(f"/series/{series.id}").status_code == (200 if sees else 404)


def test_another_services_series_does_not_exist(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    series = a_series(supervisor, [member])
    session = a_session(series)
    elsewhere = a_service("Vassdalen barnevernstjeneste")
    sign_in(client, a_person(Role.SERVICE_LEADER, service=elsewhere))
    for address in (
        f"/series/{series.id}",
        f"/series/{series.id}/edit",
        f"/series/{series.id}/end",
        f"/sessions/{session.id}/move",
    ):
        assert client.get(address).status_code == 404


def test_a_series_shows_what_was_held_and_what_was_moved(
    client: PageClient, supervisor: PersonCard, member: PersonCard, now: datetime
) -> None:
    series = a_series(supervisor, [member])
    a_held_session(series, mix={"case": 40, "strain": 15})
    session = a_session(series)
    actions.move_session(actor_of(supervisor), session.id, session.starts_at.replace(hour=12), now=now)
    sign_in(client, supervisor)
    text = client.page(f"/series/{series.id}").text()
    assert "55 " in text
    assert "40 " in text
    assert "19. november kl. 13.00" in text
    assert "19. november kl. 10.00" in text  # where it was


def test_a_participant_sees_the_series_but_no_way_to_change_it(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    series = a_series(supervisor, [member, a_person()])
    sign_in(client, member)
    addresses = client.page(f"/series/{series.id}").links().values()
    assert not [address for address in addresses if address.endswith(("/edit", "/end", "/move"))]
    assert client.get(f"/series/{series.id}/edit").status_code == 403
    assert client.get(f"/series/{series.id}/end").status_code == 403
    assert client.get(f"/sessions/{a_session(series).id}/move").status_code == 403


def test_a_name_with_markup_is_shown_as_text(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    series = a_series(supervisor, [member], name="<script>alert(1)</script>")
    sign_in(client, supervisor)
    assert "<script>alert(1)</script>" in client.page(f"/series/{series.id}").heading


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_pages_are_whole_in_both_languages(
    language: str, client: PageClient, service: ServiceCard
) -> None:
    leader = a_person(Role.SERVICE_LEADER, service=service, language=language)
    series = a_series(None, None, service=service)
    sign_in(client, leader)
    for address in (
        "/series",
        "/series/new",
        f"/series/{series.id}",
        f"/series/{series.id}/edit",
        f"/series/{series.id}/end",
        f"/sessions/{a_session(series).id}/move",
        "/service/quiet-weeks",
    ):
        assert client.page(address).root.get("lang") == language


# --- changing and ending ----------------------------------------------------------------------------------


def rhythm_rules() -> list[Any]:
    return [
        Rule(Unit.WEEKS, 1, ("TH",)),
        Rule(Unit.WEEKS, 2, ("TH",)),
        Rule(Unit.WEEKS, 5, ("MO", "TH")),
        Rule(Unit.MONTHS, 1, ("TH",), 2),
        Rule(Unit.MONTHS, 1, ("TH",), 4),
        Rule(Unit.MONTHS, 1, ("TH",), -1),
        Rule(Unit.MONTHS, 2, ("MO", "TH"), -1),
    ]


@pytest.mark.parametrize("rule", rhythm_rules(), ids=str)
def test_saving_the_form_unchanged_leaves_every_session_where_it_was(
    rule: Rule, client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    series = a_series(supervisor, [member], rule=rule)
    before = [(session.id, session.starts_at) for session in records.sessions_of(series.id)]
    sign_in(client, supervisor)
    address = f"/series/{series.id}/edit"
    assert save(client, address, as_filled(client.page(address))).status_code == 302
    db.session.expire_all()
    assert [(session.id, session.starts_at) for session in records.sessions_of(series.id)] == before
    assert records.series_in(series.service_id, series.id).rule == str(rule)  # type: ignore[union-attr]


def as_filled(page: Page) -> dict[str, Any]:
    """What a browser would send of the page's form, untouched."""
    fields: dict[str, Any] = {}
    for control in page.all("input"):
        name, kind = control.get("name", ""), control.get("type", "text")
        if kind in {"hidden", "submit"} or (kind in {"checkbox", "radio"} and control.get("checked") is None):
            continue
        value = control.get("value", "y" if kind == "checkbox" else "")
        fields[name] = [*fields.get(name, []), value] if name in {"member_ids", "weekdays"} else value
    for select in page.all("select"):
        chosen = [option for option in select.iter("option") if option.get("selected") is not None]
        fields[select.get("name", "")] = (chosen or list(select.iter("option")))[0].get("value", "")
    return fields


def test_a_supervisor_changes_time_and_place(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    series = a_series(supervisor, [member], rhythm=Rhythm.WEEKLY)
    sign_in(client, supervisor)
    address = f"/series/{series.id}/edit"
    fields = as_filled(client.page(address)) | {"local_time": "14:15", "place": "Rom 4"}
    save(client, address, fields)
    db.session.expire_all()
    assert {f"{local(s.starts_at):%H:%M}" for s in records.sessions_of(series.id)} == {"14:15"}


def test_ending_asks_first(client: PageClient, supervisor: PersonCard, member: PersonCard) -> None:
    series = a_series(supervisor, [member])
    sign_in(client, supervisor)
    client.page(f"/series/{series.id}/end")
    assert records.sessions_of(series.id)
    client.send(f"/series/{series.id}/end")
    assert records.sessions_of(series.id) == []
    assert client.get(f"/series/{series.id}/edit").status_code == 403


# --- moving -----------------------------------------------------------------------------------------------


def test_a_session_is_moved_at_once_when_nothing_speaks_against_it(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    session = a_session(a_series(supervisor, [member]))
    sign_in(client, supervisor)
    response = client.send(f"/sessions/{session.id}/move", day="2026-11-20", clock="13:00")
    assert response.status_code == 302
    assert local(session.starts_at).isoformat() == "2026-11-20T13:00:00+01:00"


def test_a_move_to_a_holiday_asks_first_and_lets_through(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    session = a_session(a_series(supervisor, [member]))
    was = session.starts_at
    sign_in(client, supervisor)
    address = f"/sessions/{session.id}/move"
    asked = client.send(address, day="2026-12-25", clock="10:00")
    assert asked.status_code == 200
    assert session.starts_at == was
    confirmed = page_of(asked).value("confirmed")
    client.send(address, day="2026-12-25", clock="10:00", confirmed=confirmed)
    assert local(session.starts_at).date().isoformat() == "2026-12-25"


def test_a_confirmation_counts_only_for_the_time_it_was_asked_of(
    client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    session = a_session(a_series(supervisor, [member]))
    was = session.starts_at
    sign_in(client, supervisor)
    address = f"/sessions/{session.id}/move"
    confirmed = page_of(client.send(address, day="2026-12-25", clock="10:00")).value("confirmed")
    asked_again = client.send(address, day="2026-12-26", clock="10:00", confirmed=confirmed)
    assert asked_again.status_code == 200
    assert session.starts_at == was


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        ("", "10:00"),
        ("2026-02-30", "10:00"),
        ("2026-11-20", ""),
        ("2026-11-20", "24:00"),
        ("2035-01-01", "10:00"),
    ],
)
def test_a_move_to_a_time_that_cannot_be_is_explained(
    day: str, clock: str, client: PageClient, supervisor: PersonCard, member: PersonCard
) -> None:
    session = a_session(a_series(supervisor, [member]))
    was = session.starts_at
    sign_in(client, supervisor)
    response = client.send(f"/sessions/{session.id}/move", day=day, clock=clock)
    assert response.status_code == 400
    assert session.starts_at == was


@pytest.mark.parametrize("address", ["/series/{}", "/series/{}/edit", "/series/{}/end", "/sessions/{}/move"])
@pytest.mark.parametrize("id_", ["nothing", "00000000-0000-7000-8000-000000000000", "%00", "../people"])
def test_what_does_not_exist_is_not_found(
    address: str, id_: str, client: PageClient, leader: PersonCard
) -> None:
    sign_in(client, leader)
    assert client.get(address.format(id_)).status_code == 404


# --- quiet weeks ------------------------------------------------------------------------------------------


def test_a_service_leader_chooses_quiet_weeks(
    client: PageClient, leader: PersonCard, service: ServiceCard
) -> None:
    sign_in(client, leader)
    client.send("/service/quiet-weeks?year=2027", weeks=["28", "29"])
    assert records.quiet_weeks_of(service.id) == {(2027, 28), (2027, 29)}
    shown = client.page("/service/quiet-weeks?year=2027")
    assert [box.get("value") for box in boxes(shown, "weeks") if box.get("checked") is not None] == [
        "28",
        "29",
    ]


def test_weeks_that_are_over_are_kept_though_not_shown(
    client: PageClient, leader: PersonCard, service: ServiceCard, now: datetime
) -> None:
    actions.set_quiet_weeks(actor_of(leader), 2026, [28], now=now)
    sign_in(client, leader)
    client.send("/service/quiet-weeks?year=2026", weeks=["52"])
    assert records.quiet_weeks_of(service.id) == {(2026, 28), (2026, 52)}


@pytest.mark.parametrize("week", ["54", "1", "x", "-1", ""])
def test_a_week_that_is_not_on_the_page_is_refused(
    week: str, client: PageClient, leader: PersonCard, service: ServiceCard
) -> None:
    sign_in(client, leader)
    assert client.send("/service/quiet-weeks?year=2026", weeks=[week]).status_code == 400
    assert records.quiet_weeks_of(service.id) == frozenset()


@pytest.mark.parametrize("year", ["2025", "2029", "0", "99999"])
def test_other_years_have_no_page(year: str, client: PageClient, leader: PersonCard) -> None:
    sign_in(client, leader)
    assert client.get(f"/service/quiet-weeks?year={year}").status_code == 404


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR, Role.TEAM_LEADER])
def test_others_do_not_reach_the_quiet_weeks(role: Role, client: PageClient, service: ServiceCard) -> None:
    team = a_team(service) if role is Role.TEAM_LEADER else None
    sign_in(client, a_person(role, service=service, team=team))
    assert client.get("/service/quiet-weeks").status_code == 403


def test_those_already_chosen_stand_first_and_once() -> None:
    people = [("a", "Aud"), ("b", "Berit"), ("c", "Cato")]
    assert [choice.value for choice in people_choices(people, "", ["c"])] == ["c", "a", "b"]
    assert [choice.value for choice in people_choices(people, "berit", ["c"])] == ["c", "b"]
