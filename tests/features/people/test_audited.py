"""What is done to people, roles, sign-ins, devices and services is in the log, with who did it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ledvei_pwa.features.people import accounts, actions, factors, passkeys
from ledvei_pwa.features.people.actions import ChangeService, InvitePerson, NewRole, PersonCard
from ledvei_pwa.features.people.passkeys import NewPasskey
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform import audit, sessions
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.row_security import see_rows_of
from ledvei_pwa.platform.sessions import SignInSession
from tests.support.page_client import PageClient
from tests.support.people import (
    CODE_SECRET,
    a_device,
    a_passkey,
    a_person,
    actor_of,
    code_now,
    sign_in,
)

CASEWORKER = (NewRole(Role.CASEWORKER),)


@pytest.fixture
def leader(app: Flask, now: datetime) -> Actor:
    return actor_of(a_person(Role.SERVICE_LEADER, name="Åse Lund"))


@pytest.fixture
def person(leader: Actor) -> PersonCard:
    return a_person(name="Bo Ek")


def lines_since(count: int, service_id: str) -> list[tuple[str, str | None, str]]:
    """Deed, who did it and to whom, of all lines but the first `count`."""
    assert audit.walk(service_id).broken_at is None
    return [(line.deed, line.actor_id, line.subject_id) for line in audit.latest(service_id, 99)[count:]]


class Watch:
    """What is added to a service's log from now on."""

    def __init__(self, service_id: str) -> None:
        self._service_id, self._before = service_id, audit.walk(service_id).lines

    @property
    def lines(self) -> list[tuple[str, str | None, str]]:
        db.session.rollback()  # what was not committed is not there
        return lines_since(self._before, self._service_id)


def details(service_id: str) -> dict[str, Any]:
    """Of the last line."""
    found: dict[str, Any] = json.loads(audit.latest(service_id, 1)[0].details)
    return found


def test_an_invitation_says_who_was_added_with_which_role_and_by_whom(leader: Actor, now: datetime) -> None:
    watch = Watch(leader.service_id)
    link = actions.invite_person(leader, InvitePerson("Kari Nes", "k@x.no", CASEWORKER), now=now).value
    assert link
    by_whom = (leader.person_id, link.person_id)
    assert watch.lines == [
        ("person_added", *by_whom),
        ("role_given", *by_whom),
        ("invitation_made", *by_whom),
    ]


def test_a_refused_deed_leaves_no_line(leader: Actor, person: PersonCard, now: datetime) -> None:
    watch = Watch(leader.service_id)
    assert not actions.invite_person(leader, InvitePerson("B", person.email, CASEWORKER), now=now).ok
    assert not actions.disable_person(actor_of(person), leader.person_id, now=now).ok
    assert watch.lines == []


DEEDS: dict[str, Callable[[Actor, str, datetime], object]] = {
    "disable": lambda leader, id_, now: actions.disable_person(leader, id_, now=now),
    "invite": lambda leader, id_, now: actions.invite_again(leader, id_, now=now),
    "role": lambda leader, id_, now: actions.add_role(leader, id_, NewRole(Role.SUPERVISOR), now=now),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_deed_whose_line_cannot_be_written_is_not_done(
    leader: Actor,
    person: PersonCard,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    deed: Callable[[Actor, str, datetime], object],
) -> None:
    def fail(_line: object) -> str:
        raise OSError("the disk is full")

    sign_in_row = a_sign_in(person, now)
    monkeypatch.setattr(audit.LOG, "hash_of", fail)
    with pytest.raises(OSError, match="full"):
        deed(leader, person.id, now)
    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalar(select(Person.disabled_at).where(Person.id == person.id)) is None
    assert db.session.get_one(SignInSession, sign_in_row).ended_at is None
    assert actions.persons_by_ids([person.id], now=now)[person.id].roles == {Role.CASEWORKER}


def a_sign_in(person: PersonCard, now: datetime) -> str:
    row = SignInSession(
        service_id=person.service_id,
        person_id=person.id,
        token_hash="0" * 64,
        created_at=now,
        last_seen_at=now,
        expires_at=now.replace(year=2027),
        browser="Firefox",
    )
    db.session.add(row)
    db.session.commit()
    return row.id


def test_a_line_whose_deed_is_undone_is_not_there(
    leader: Actor, person: PersonCard, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("the connection is gone")

    watch = Watch(leader.service_id)
    monkeypatch.setattr(db.session, "commit", fail)
    with pytest.raises(OSError, match="gone"):
        actions.disable_person(leader, person.id, now=now)
    assert watch.lines == []


def test_a_link_made_again_and_used_is_written_down(leader: Actor, person: PersonCard, now: datetime) -> None:
    watch = Watch(leader.service_id)
    link = actions.invite_again(leader, person.id, now=now).value
    assert link
    accounts.accept_invitation(link.token, language="nb", password="kaffe på benken", now=now)
    assert watch.lines == [
        ("invitation_made", leader.person_id, person.id),
        ("reentry_begun", person.id, person.id),
        ("invitation_used", person.id, person.id),
    ]
    assert details(leader.service_id)["chosen"] == "password"


def test_a_link_from_the_command_line_is_the_operators(leader: Actor, now: datetime) -> None:
    watch = Watch(leader.service_id)
    actions.make_invitation(leader.person_id, now=now)
    assert watch.lines == [("invitation_made", None, leader.person_id)]


def test_disabling_and_enabling_are_written_down_once_each(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    watch = Watch(leader.service_id)
    for verb in (actions.disable_person, actions.enable_person):
        assert verb(leader, person.id, now=now).ok
        assert verb(leader, person.id, now=now).ok
    by_whom = (leader.person_id, person.id)
    assert watch.lines == [("person_disabled", *by_whom), ("person_enabled", *by_whom)]


def test_a_correction_says_what_was_corrected_and_never_to_what(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    watch = Watch(leader.service_id)
    for _ in range(2):
        assert actions.correct_person(leader, person.id, name="Bo Ekeland", email=person.email, now=now).ok
    assert watch.lines == [("person_corrected", leader.person_id, person.id)]
    assert details(leader.service_id) == {"changed": ["name"]}


def test_a_role_given_and_ended_is_written_down_with_its_days(
    leader: Actor, person: PersonCard, now: datetime
) -> None:
    watch = Watch(leader.service_id)
    role_id = actions.add_role(leader, person.id, NewRole(Role.SUPERVISOR), now=now).value
    assert role_id
    assert actions.end_role(leader, role_id, to_date=date(2026, 12, 1), now=now).ok
    by_whom = (leader.person_id, person.id)
    assert watch.lines == [("role_given", *by_whom), ("role_ended", *by_whom)]
    assert details(leader.service_id) == {
        "role": "supervisor",
        "role_id": role_id,
        "team": None,
        "from_date": "2026-11-18",
        "to_date": "2026-12-01",
    }


def test_a_revoked_device_is_written_down_once(leader: Actor, person: PersonCard, now: datetime) -> None:
    device = a_device(person)
    watch = Watch(leader.service_id)
    for _ in range(2):
        assert actions.revoke_device(actor_of(person), device.id, now=now).ok
    assert watch.lines == [("device_revoked", person.id, device.id)]


def test_settings_are_written_down_with_their_values_and_the_name_without(
    leader: Actor, now: datetime
) -> None:
    watch = Watch(leader.service_id)
    for _ in range(2):
        command = ChangeService("Fjordby barnevern", language="nb", lock_minutes=9, kept_weeks=8)
        assert actions.change_service(leader, command, now=now).ok
    assert watch.lines == [("service_changed", leader.person_id, leader.service_id)]
    assert details(leader.service_id) == {"changed": ["lock_minutes", "name"], "lock_minutes": 9}


def test_a_restored_backup_is_written_down(leader: Actor, now: datetime) -> None:
    watch, service_id = Watch(leader.service_id), leader.service_id
    epoch = actions.begin_epoch(service_id, now=now)
    actions.begin_epoch(service_id, now=now, instead_of=epoch)
    actions.begin_epoch(service_id, now=now, instead_of=epoch)  # noticed by a second device
    actions.sign_everybody_out(service_id, now=now)
    deeds = ["restored", "restore_noticed", "everybody_signed_out"]
    assert watch.lines == [(deed, None, service_id) for deed in deeds]


def test_factors_are_written_down_when_they_come_and_go(
    app: Flask, leader: Actor, person: PersonCard, now: datetime
) -> None:
    a_passkey(person)
    watch = Watch(leader.service_id)
    new = NewPasskey(
        handle=b"h" * 32, credential_id=b"c", public_key=b"k", sign_count=0, transports="", name="X"
    )
    assert passkeys.add(person.id, new, is_first=False, now=now).ok
    added = json.loads(audit.latest(leader.service_id, 2)[0].details)
    assert added["passkey"] in passkeys_of(person)
    secret = factors.NewCodeApp(CODE_SECRET, "", "")
    assert factors.take_code_app(person.id, secret, code_now(), is_first=False, now=now).ok
    factors.new_recovery_codes(person.id, now=now)
    with app.test_request_context("/"):  # both end the other sign-ins, and ask which this one is
        see_rows_of(person.service_id)
        assert factors.choose_password(person.id, "kaffe på benken i dag", now=now).ok
        assert factors.drop_password(person.id, now=now).ok
    assert passkeys.remove(person.id, passkeys_of(person)[0], now=now).ok
    assert [deed for deed, *_ in watch.lines] == [
        "passkey_added",
        "recovery_codes_made",
        "code_app_set_up",
        "recovery_codes_made",
        "password_chosen",
        "password_dropped",
        "passkey_removed",
    ]
    assert {who for _, who, _ in watch.lines} == {person.id}


def passkeys_of(person: PersonCard) -> list[str]:
    return [card.id for card in factors.ways_in_of(person.id).passkeys]


def test_teams_made_and_renamed_are_written_down(leader: Actor, now: datetime) -> None:
    watch = Watch(leader.service_id)
    team = actions.create_team(leader, "Mottak", now=now).value
    assert team
    for _ in range(2):
        assert actions.rename_team(leader, team.id, "Mottaket", now=now).ok
    by_whom = (leader.person_id, team.id)
    assert watch.lines == [("team_made", *by_whom), ("team_renamed", *by_whom)]


def test_a_recovery_code_is_written_down_when_it_opens_and_only_then(
    person: PersonCard, now: datetime
) -> None:
    code, *_ = factors.new_recovery_codes(person.id, now=now)
    watch = Watch(person.service_id)
    assert not factors.use_recovery_code(person.id, "1234 1234 1234 1234", now)
    assert factors.use_recovery_code(person.id, code, now)
    assert not factors.use_recovery_code(person.id, code, now)
    assert watch.lines == [("recovery_code_used", person.id, person.id)]


def test_an_ended_sign_in_is_written_down_once(person: PersonCard, now: datetime) -> None:
    sign_in = a_sign_in(person, now)
    watch = Watch(person.service_id)
    for _ in range(2):
        assert sessions.end_session(person.id, sign_in, now=now)
    assert watch.lines == [("sign_in_ended", person.id, person.id)]


def test_signing_out_everywhere_is_written_down(client: PageClient, person: PersonCard) -> None:
    sign_in(client, person)
    watch = Watch(person.service_id)
    client.send("/sign-out-everywhere", page="/devices")
    assert watch.lines == [("signed_out_everywhere", person.id, person.id)]


def test_a_renamed_passkey_is_written_down_without_its_name(person: PersonCard, now: datetime) -> None:
    passkey = a_passkey(person)
    watch = Watch(person.service_id)
    assert passkeys.rename(person.id, passkey, "Telefonen til Bo", now=now)
    assert not passkeys.rename(person.id, "nobody's", "X", now=now)
    assert watch.lines == [("passkey_renamed", person.id, person.id)]
    assert details(person.service_id) == {"passkey": passkey}


def test_no_line_holds_a_name_an_address_or_a_word(leader: Actor, person: PersonCard, now: datetime) -> None:
    actions.correct_person(leader, person.id, name="Kari Nes", email="kari@x.no", now=now)
    actions.change_service(leader, ChangeService("Nytt navn", "nb", 5, 8), now=now)
    written = " ".join(str(line) for line in audit.latest(leader.service_id, 99))
    for word in ("Åse", "Bo Ek", "Kari", "Nytt", "@", "fjordvik"):
        assert word not in written
