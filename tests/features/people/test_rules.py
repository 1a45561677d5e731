"""Who may give which role, open whose account, and who must remain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledvei_pwa.features.people import rules
from ledvei_pwa.features.people.rules import DatedRole
from ledvei_pwa.kernel.access import Actor, Role

DAY = date(2026, 11, 18)
CASEWORKER_IN_OURS = DatedRole("p", Role.CASEWORKER, DAY, team_id="ours")


def actor(*roles: Role, leads: str = "ours") -> Actor:
    teams = frozenset({leads}) if Role.TEAM_LEADER in roles else frozenset()
    return Actor("a", "s", "Anne", "nb", frozenset(roles), teams)


def test_a_role_is_held_from_its_first_day_until_the_day_before_its_end() -> None:
    role = DatedRole("p", Role.CASEWORKER, DAY, DAY + timedelta(days=2))
    held = [role.is_held(DAY + timedelta(days=days)) for days in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]


def test_a_role_ended_on_its_first_day_was_never_held() -> None:
    assert not DatedRole("p", Role.CASEWORKER, DAY, DAY).is_held(DAY)


def test_the_day_is_that_of_norway() -> None:
    assert rules.day_in_norway(datetime(2026, 11, 17, 23, 30, tzinfo=UTC)) == DAY


@pytest.mark.parametrize("role", [Role.SERVICE_LEADER, Role.ADMINISTRATOR])
def test_who_runs_the_service_gives_every_role(role: Role) -> None:
    assert all(rules.may_grant(actor(role), wanted, None) for wanted in Role)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.SUPERVISOR, Role.EXTERNAL_SUPERVISOR])
def test_who_leads_nobody_gives_no_role(role: Role) -> None:
    assert not any(rules.may_grant(actor(role), wanted, "ours") for wanted in Role)


@pytest.mark.parametrize("wanted", Role)
def test_a_team_leader_gives_only_the_roles_below_and_only_in_the_own_team(wanted: Role) -> None:
    leader = actor(Role.TEAM_LEADER)
    assert rules.may_grant(leader, wanted, "ours") is (wanted in rules.GRANTED_BY_TEAM_LEADER)
    assert not rules.may_grant(leader, wanted, "theirs")
    assert not rules.may_grant(leader, wanted, None)


def test_a_team_leader_sees_the_own_team_and_no_other() -> None:
    leader = actor(Role.TEAM_LEADER)
    assert rules.may_see_person(leader, [CASEWORKER_IN_OURS])
    assert not rules.may_see_person(leader, [DatedRole("p", Role.CASEWORKER, DAY, team_id="theirs")])
    assert not rules.may_see_person(leader, [])


def test_a_caseworker_sees_nobody_on_the_leaders_pages() -> None:
    assert not rules.may_see_person(actor(Role.CASEWORKER), [CASEWORKER_IN_OURS])


def test_a_team_leader_opens_no_account_that_has_a_password() -> None:
    leader = actor(Role.TEAM_LEADER)
    assert rules.may_open_account(leader, [CASEWORKER_IN_OURS], has_accepted=False)
    assert not rules.may_open_account(leader, [CASEWORKER_IN_OURS], has_accepted=True)


def test_a_team_leader_neither_opens_nor_closes_the_account_of_somebody_above() -> None:
    leader = actor(Role.TEAM_LEADER)
    above = [CASEWORKER_IN_OURS, DatedRole("p", Role.SERVICE_LEADER, DAY)]
    assert not rules.may_open_account(leader, above, has_accepted=False)
    assert not rules.may_disable(leader, above)


@pytest.mark.parametrize(
    ("letters", "good"), [(0, False), (11, False), (12, True), (200, True), (201, False)]
)
def test_only_length_makes_a_password_good(letters: int, good: bool) -> None:
    assert rules.is_good_length(letters) is good


def test_a_service_is_led_by_a_leader_who_can_sign_in_and_has_no_end() -> None:
    assert rules.stays_led([DatedRole("p", Role.SERVICE_LEADER, DAY)], {"p"}, DAY)


@pytest.mark.parametrize(
    "role",
    [
        DatedRole("p", Role.TEAM_LEADER, DAY, team_id="ours"),
        DatedRole("p", Role.SERVICE_LEADER, DAY + timedelta(days=1)),
        DatedRole("p", Role.SERVICE_LEADER, DAY, DAY + timedelta(days=90)),
        DatedRole("somebody who cannot sign in", Role.SERVICE_LEADER, DAY),
    ],
)
def test_a_service_is_not_led_by(role: DatedRole) -> None:
    assert not rules.stays_led([role], {"p"}, DAY)


@given(
    some.lists(
        some.builds(
            DatedRole,
            person_id=some.sampled_from("abc"),
            role=some.sampled_from(Role),
            from_date=some.dates(DAY - timedelta(days=3), DAY + timedelta(days=3)),
            to_date=some.none() | some.dates(DAY - timedelta(days=3), DAY + timedelta(days=9)),
        ),
        max_size=6,
    ),
    some.sets(some.sampled_from("abc")),
)
def test_a_service_that_stays_led_has_a_leader_on_every_later_day(
    roles: list[DatedRole], able: set[str]
) -> None:
    if not rules.stays_led(roles, able, DAY):
        return
    for days in range(30):
        day = DAY + timedelta(days=days)
        assert any(
            role.is_held(day) and role.role is Role.SERVICE_LEADER and role.person_id in able
            for role in roles
        )


def test_an_address_is_the_same_however_it_is_typed() -> None:
    assert rules.tidy_email(" Åse@Fjordvik.Example ") == rules.tidy_email("a\u030ase@fjordvik.example")


@pytest.mark.parametrize("text", ["Bo\u202egroB", "Bo\u200b", "\ufeffBo", "Bo\x07", "bo\u2060@nes.example"])
def test_signs_that_nobody_sees_are_found(text: str) -> None:
    assert rules.has_unseen_signs(text)


@pytest.mark.parametrize(
    "text", ["Åse-Marie Østby", "O’Neill", "Nguyễn Thị", "علی\u200cرضا", "bo@nes.example"]
)
def test_names_of_all_sorts_are_seen(text: str) -> None:
    assert not rules.has_unseen_signs(text)
