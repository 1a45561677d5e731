"""Coming back to an account by somebody else's link: writing at once, reading when it is clear who it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ledvei_pwa.features.people import accounts, actions, factors, reentries, rules
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.records import CodeApp, Passkey, WaitingCodeApp
from ledvei_pwa.kernel.access import Actor, Role
from tests.features.people.test_second_factors import (
    codes_on,
    is_in,
    make_passkey,
    use_passkey,
    write_password,
)
from tests.support.authenticator import Authenticator
from tests.support.device import Device, device_of
from tests.support.page_client import PageClient, html_of
from tests.support.people import PASSWORD, a_person, actor_of, code_now, sign_in

NEW_PASSWORD = "fire vanlige ord holder"
API = {"X-Ledvei": "1"}
KEY = re.compile(r'translate="no">([A-Z2-7 ]+)<')
STATE = re.compile(r'name="state"[^>]*value="([^"]+)"')


@dataclass
class Back:
    """Somebody who has used a link to an account that was in use, in a browser of its own."""

    client: PageClient
    person: PersonCard
    phone: Authenticator = field(default_factory=Authenticator)

    @property
    def reentry(self) -> reentries.ReentryCard | None:
        return actions.waiting_reentry(self.person.id)

    @property
    def id(self) -> str:
        assert self.reentry
        return self.reentry.id

    def sees(self) -> bool:
        return is_in(self.client)

    def waits(self) -> bool:
        return self.client.get("/devices").location == "/waiting"

    def show(self, **fields: str) -> TestResponse:
        return self.client.send("/waiting", **fields)


@pytest.fixture
def leader(app: Flask, now: datetime) -> Actor:
    return actor_of(a_person(Role.SERVICE_LEADER, name="Åse Lund"))


@pytest.fixture
def person(leader: Actor) -> PersonCard:
    return a_person(name="Bo Ek", language="nb")


@pytest.fixture
def back(app: Flask, leader: Actor, person: PersonCard, now: datetime) -> Back:
    return come_back(app, leader, person, now)


@pytest.fixture
def old(app: Flask, person: PersonCard) -> PageClient:
    """The browser where the person was signed in before all this."""
    client = PageClient(app)
    sign_in(client, person)
    return client


def a_link(leader: Actor, person: PersonCard, now: datetime) -> str:
    link = actions.invite_again(leader, person.id, now=now).value
    assert link
    return link.path


def come_back(app: Flask, leader: Actor, person: PersonCard, now: datetime) -> Back:
    found = Back(PageClient(app), person)
    made = make_passkey(found.client, a_link(leader, person, now), found.phone)
    assert made.location == "/waiting"
    return found


def stop(client: PageClient, reentry_id: str) -> TestResponse:
    return client.send(f"/devices/links/{reentry_id}/stop", page="/devices")


def confirm(client: PageClient, reentry_id: str) -> TestResponse:
    return client.send(f"/devices/links/{reentry_id}/confirm", page="/devices")


@pytest.fixture
def later(now: datetime) -> Iterator[time_machine.Traveller]:
    """When it has waited long enough."""
    with time_machine.travel(rules.reentry_opens_at(now), tick=False) as traveller:
        yield traveller


# --- what waits ------------------------------------------------------------------------------------


def test_who_comes_by_a_link_sees_no_page_of_the_account(back: Back) -> None:
    assert back.waits()
    assert not back.sees()
    assert back.client.get("/my-texts").location == "/waiting"
    assert back.client.send("/my-texts", page="/waiting").status_code == 403
    assert back.client.get("/my-sign-in").location == "/waiting"


def test_the_waiting_page_says_when_it_opens_and_what_one_can_do(back: Back) -> None:
    """Wednesday at ten and three days: on Saturday, and a whole working day has passed by then."""
    assert "De tidligere tekstene dine åpnes" in html_of(back.client.get("/waiting"))
    assert back.reentry
    assert back.reentry.opens_at - back.reentry.used_at == timedelta(hours=72)


def test_the_link_of_somebody_who_has_never_been_in_opens_at_once(app: Flask, now: datetime) -> None:
    person, client = a_person(can_sign_in=False, language="nb"), PageClient(app)
    made = make_passkey(client, actions.make_invitation(person.id, now=now).path, Authenticator())
    assert len(codes_on(made)) == factors.RECOVERY_CODES
    assert is_in(client)


def test_a_link_that_one_made_oneself_opens_at_once(app: Flask, leader: Actor, now: datetime) -> None:
    """Making it asked who it is."""
    client = PageClient(app)
    path = accounts_link(actions.invite_again(leader, leader.person_id, now=now).value)
    assert make_passkey(client, path, Authenticator()).status_code == 200
    assert is_in(client)


def accounts_link(link: actions.InvitationLink | None) -> str:
    assert link
    return link.path


def test_the_operators_link_waits_too(app: Flask, leader: Actor, now: datetime) -> None:
    client = PageClient(app)
    link = actions.make_invitation(leader.person_id, now=now)
    assert make_passkey(client, link.path, Authenticator()).location == "/waiting"
    assert client.get("/people").location == "/waiting"


def test_making_and_using_a_link_ends_no_sign_in_and_no_factor(old: PageClient, back: Back) -> None:
    ways = factors.ways_in_of(back.person.id)
    assert is_in(old)
    assert (ways.has_password, ways.has_code_app, ways.passkeys) == (True, True, ())


def test_a_password_and_a_code_app_chosen_by_a_link_wait_as_well(
    app: Flask, leader: Actor, person: PersonCard, old: PageClient, now: datetime
) -> None:
    client, app_secret = by_password(app, leader, person, now)
    assert client.get("/devices").location == "/waiting"
    other = PageClient(app)
    code = pyotp.TOTP(app_secret).at(datetime.now(UTC), counter_offset=1)
    assert other.send("/sign-in", email=person.email, password=NEW_PASSWORD, code=code).location == "/waiting"
    assert other.get("/devices").location == "/waiting"
    mixed = PageClient(app)
    mixed.send("/sign-in", email=person.email, password=NEW_PASSWORD)
    assert mixed.send("/sign-in/second-step", code=code_now()).status_code == 401


def by_password(
    app: Flask, leader: Actor, person: PersonCard, now: datetime, password: str = NEW_PASSWORD
) -> tuple[PageClient, str]:
    client, path = PageClient(app), a_link(leader, person, now)
    fields = {"language": "nb", "password": password, "password_again": password}
    assert client.send(path, **fields).location == "/second-factor"
    shown = html_of(client.get("/second-factor/code-app"))
    key, state = KEY.search(shown), STATE.search(shown)
    assert key
    assert state
    secret = key[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    sent = {"state": state[1], "code": code}
    answer = client.send("/second-factor/code-app", **sent)
    assert answer.location == "/waiting"
    return client, secret


def test_the_same_password_chosen_again_is_told_apart_by_its_code(
    app: Flask, leader: Actor, person: PersonCard, now: datetime
) -> None:
    _, secret = by_password(app, leader, person, now, PASSWORD)
    other = PageClient(app)
    code = pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=1)
    assert other.send("/sign-in", email=person.email, password=PASSWORD, code=code).location == "/waiting"
    assert other.get("/devices").location == "/waiting"
    owner = PageClient(app)
    owner.send("/sign-in", email=person.email, password=PASSWORD, code=code_now())
    assert is_in(owner)


def test_the_new_passkey_signs_in_elsewhere_and_waits_there(app: Flask, back: Back) -> None:
    other = PageClient(app)
    assert use_passkey(other, back.phone).location == "/waiting"
    assert other.get("/devices").location == "/waiting"


def test_whoever_waits_leads_nobody(app: Flask, leader: Actor, now: datetime) -> None:
    other = actor_of(a_person(Role.ADMINISTRATOR))
    chief = actions.persons_by_ids([leader.person_id])[leader.person_id]
    back = come_back(app, other, chief, now)
    assert back.client.get("/people").location == "/waiting"
    assert back.client.get("/service").location == "/waiting"


# --- what can be written ---------------------------------------------------------------------------


def a_phone(back: Back) -> Device:
    """Registered by who waits, and signed in as they are."""
    answer = back.client.post("/api/v1/devices", json={"name": "Ny telefon"}, headers=API)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    told = answer.get_json()
    known = device_of(back.client.application, back.person)
    credentials = (told["device"], told["write"], told["read"])
    return Device(back.client, back.person, *credentials, known.key_id, known.public)


def test_what_is_written_meanwhile_is_taken_and_nothing_is_given(app: Flask, back: Back) -> None:
    device_of(app, back.person).write_new("debrief", happened="Fra før", audience="private")
    phone = a_phone(back)
    answer = phone.post(
        operations=[phone.seal(phone.operation("debrief", happened="Nytt", audience="private"))]
    )
    told = answer.get_json()
    assert [result["result"] for result in told["results"]] == ["applied"]
    assert (told["signed_in"], told["changes"]) == (False, [])
    assert back.reentry
    assert told["opens"] == back.reentry.opens_at.isoformat()


def test_what_was_there_before_cannot_be_shared_or_changed_meanwhile(app: Flask, back: Back) -> None:
    """Who once read a text knows its id, and could share it with themselves."""
    old = device_of(app, back.person)
    entry = old.write_new("debrief", happened="Fra før", audience="private")
    phone = a_phone(back)
    result = phone.do("debrief", entry, base=1, happened="Byttet")
    assert (result["result"], result["reason"]) == ("rejected", "entry_unknown")
    assert phone.do("reading", entry, base=1)["result"] == "rejected"
    old.sync()
    held = old.entry(entry)
    assert held
    assert held["fields"]["happened"] == "Fra før"


def test_what_one_wrote_while_waiting_one_may_go_on_with(back: Back) -> None:
    phone = a_phone(back)
    entry = phone.write_new("debrief", happened="Nytt", audience="private")
    assert phone.do("debrief", entry, base=1, happened="Mer")["result"] == "applied"


def test_a_device_of_before_writes_as_before(app: Flask, back: Back) -> None:
    old = device_of(app, back.person)
    entry = old.write_new("debrief", happened="Fra før", audience="private")
    assert old.do("debrief", entry, happened="Mer")["result"] == "applied"


def test_no_push_comes_to_a_device_that_waits(back: Back) -> None:
    sent = {"device": a_phone(back).id, "subscription": {}}
    answer = back.client.post("/api/v1/push", json=sent, headers=API)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "waiting")


# --- opening ---------------------------------------------------------------------------------------


def test_it_opens_by_itself_when_the_time_has_passed(
    old: PageClient, back: Back, later: time_machine.Traveller
) -> None:
    sign_in(old, back.person)  # a sign-in lasts half a day, so both come anew
    use_passkey(back.client, back.phone)
    assert back.sees()
    assert not is_in(old)
    ways = factors.ways_in_of(back.person.id)
    assert (ways.has_password, ways.has_code_app, len(ways.passkeys)) == (False, False, 1)


def test_a_moment_before_it_is_not_open(back: Back, later: time_machine.Traveller) -> None:
    later.shift(timedelta(seconds=-1))
    assert use_passkey(back.client, back.phone).location == "/waiting"
    assert back.waits()


def test_the_job_opens_what_nobody_asks_for(back: Back, now: datetime, db: SQLAlchemy) -> None:
    reentries.open_due(rules.reentry_opens_at(now))
    reentries.open_due(rules.reentry_opens_at(now))
    assert back.reentry is None
    assert not factors.ways_in_of(back.person.id).has_password


def test_the_phone_gets_the_earlier_texts_when_it_opens(
    app: Flask, back: Back, now: datetime, later: time_machine.Traveller
) -> None:
    later.move_to(now)
    entry = device_of(app, back.person).write_new("debrief", happened="Fra før", audience="private")
    phone = a_phone(back)
    mine = phone.write_new("debrief", happened="Nytt", audience="private")
    later.move_to(rules.reentry_opens_at(now))
    use_passkey(back.client, back.phone)
    phone.sync()
    assert phone.entry(entry)
    assert phone.do("debrief", mine, happened="Mer")["result"] == "applied"
    assert phone.do("debrief", entry, happened="Mer")["result"] == "applied"


def test_a_code_app_chosen_by_the_link_is_the_persons_when_it_opens(
    app: Flask,
    leader: Actor,
    person: PersonCard,
    now: datetime,
    later: time_machine.Traveller,
    db: SQLAlchemy,
) -> None:
    later.move_to(now)
    _, secret = by_password(app, leader, person, now)
    later.move_to(rules.reentry_opens_at(now))
    reentries.open_due(datetime.now(UTC))
    other = PageClient(app)
    code = pyotp.TOTP(secret).now()
    other.send("/sign-in", email=person.email, password=NEW_PASSWORD, code=code)
    assert is_in(other)
    assert write_password(PageClient(app), person).status_code == 401
    assert db.session.scalars(select(WaitingCodeApp)).all() == []
    assert (
        db.session.scalar(select(func.count()).select_from(CodeApp).where(CodeApp.person_id == person.id))
        == 1
    )


def test_an_earlier_recovery_code_opens_it(
    person: PersonCard, back: Back, old: PageClient, now: datetime
) -> None:
    code = factors.new_recovery_codes(person.id, now=now)[0]
    assert back.show(code="0000 0000 0000 0000").status_code == 401
    assert back.waits()
    assert back.show(code=code).location == "/my-sign-in"
    assert back.sees()
    assert not is_in(old)


def test_the_earlier_password_and_code_open_it_and_neither_alone(back: Back) -> None:
    assert back.show(code=code_now(), password="feil passord her").status_code == 401
    assert back.show(code=code_now()).status_code == 401
    assert back.show(code="000000", password=PASSWORD).status_code == 401
    assert back.waits()
    assert back.show(code=code_now(), password=PASSWORD).location == "/my-sign-in"
    assert back.sees()


def test_guessing_what_was_before_is_slow(back: Back) -> None:
    assert [back.show(code="000000").status_code for _ in range(6)] == [401] * 5 + [429]


def test_an_earlier_passkey_opens_it_and_the_new_one_does_not(
    app: Flask, leader: Actor, now: datetime
) -> None:
    phone, first = Authenticator(), PageClient(app)
    person = a_person(can_sign_in=False, language="nb")
    make_passkey(first, actions.make_invitation(person.id, now=now).path, phone)
    back = come_back(app, leader, person, now)
    assert show_passkey(back, back.phone).status_code == 401
    assert back.waits()
    assert show_passkey(back, phone).location == "/my-sign-in"
    assert back.sees()
    assert not is_in(first)


def show_passkey(back: Back, phone: Authenticator) -> TestResponse:
    asked = back.client.get("/waiting/passkey-options").get_json()
    answer = phone.use(asked["options"])
    return back.client.send("/waiting/passkey", page="/waiting", passkey=answer, state=asked["state"])


def test_another_persons_passkey_opens_nothing(app: Flask, back: Back, now: datetime) -> None:
    phone, client = Authenticator(), PageClient(app)
    stranger = a_person(can_sign_in=False)
    make_passkey(client, actions.make_invitation(stranger.id, now=now).path, phone)
    assert show_passkey(back, phone).status_code == 401


def test_the_person_says_on_another_device_that_it_is_them(old: PageClient, back: Back) -> None:
    assert "Åse Lund" in html_of(old.get("/devices"))
    assert confirm(old, back.id).location == "/sign-in"
    assert back.sees()
    assert not is_in(old)


def test_saying_so_asks_who_it_is_first(app: Flask, back: Back) -> None:
    client = PageClient(app)
    sign_in(client, back.person, is_fresh=False)
    assert confirm(client, back.id).status_code == 401
    assert back.waits()


# --- stopping --------------------------------------------------------------------------------------


def test_one_tap_stops_it_without_a_question(app: Flask, back: Back) -> None:
    client = PageClient(app)
    sign_in(client, back.person, is_fresh=False)
    assert stop(client, back.id).location == "/devices"
    assert back.client.get("/devices").location == "/sign-in?next=/devices"
    assert use_passkey(PageClient(app), back.phone).status_code == 401
    assert is_in(client)


def test_a_stopped_device_may_write_no_more(back: Back, old: PageClient) -> None:
    phone = a_phone(back)
    stop(old, back.id)
    sealed = phone.seal(phone.operation("debrief", happened="Nytt", audience="private"))
    result = phone.post(operations=[sealed]).get_json()["results"][0]
    assert (result["result"], result["reason"]) == ("rejected", "device_revoked")


def test_stopping_it_voids_a_link_that_nobody_has_used_yet(
    app: Flask, leader: Actor, back: Back, old: PageClient, now: datetime
) -> None:
    unused = a_link(leader, back.person, now)
    assert accounts.find_invitation(unused.rsplit("/", 1)[-1], now=now) is not None
    stop(old, back.id)
    assert accounts.find_invitation(unused.rsplit("/", 1)[-1], now=now) is None


def test_what_was_stopped_does_not_open_when_the_time_has_passed(
    back: Back, old: PageClient, now: datetime, db: SQLAlchemy
) -> None:
    reentry_id = back.id
    stop(old, reentry_id)
    reentries.open_due(rules.reentry_opens_at(now))
    assert not reentries.open_now(back.person.id, reentry_id, reentries.Opened.FACTOR, now=now).ok
    assert factors.ways_in_of(back.person.id).has_code_app
    assert db.session.scalars(select(Passkey)).all() == []


def test_a_new_link_can_be_made_after_it_and_waits_from_the_beginning(
    app: Flask, leader: Actor, back: Back, old: PageClient, now: datetime
) -> None:
    stop(old, back.id)
    tomorrow = now + timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        again = come_back(app, leader, back.person, tomorrow)
        assert again.reentry
        assert again.reentry.opens_at == rules.reentry_opens_at(tomorrow)


def test_a_second_link_ends_what_came_by_the_first(
    app: Flask, leader: Actor, back: Back, now: datetime
) -> None:
    come_back(app, leader, back.person, now)
    assert back.client.get("/devices").location == "/sign-in?next=/devices"


def test_nobody_stops_or_confirms_what_is_anothers(app: Flask, back: Back) -> None:
    client = PageClient(app)
    sign_in(client, a_person())
    assert (stop(client, back.id).status_code, confirm(client, back.id).status_code) == (404, 404)
    assert back.waits()


def test_whoever_waits_cannot_say_yes_to_themselves(back: Back) -> None:
    assert back.client.send(f"/devices/links/{back.id}/confirm", page="/waiting").status_code == 403
    assert back.waits()


def test_closing_the_account_stops_it(back: Back, leader: Actor, now: datetime) -> None:
    """Else a leader could close it while nobody can stop it, and open it again at the right moment."""
    actions.disable_person(leader, back.person.id, now=now)
    actions.enable_person(leader, back.person.id, now=now)
    assert back.reentry is None
    assert use_passkey(back.client, back.phone).status_code == 401


def test_a_link_that_was_not_made_ready_opens_nothing(
    app: Flask, leader: Actor, person: PersonCard, now: datetime
) -> None:
    client, path = PageClient(app), a_link(leader, person, now)
    client.send(path, language="nb", password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    reentries.open_due(rules.reentry_opens_at(now))
    assert factors.ways_in_of(person.id).has_code_app
    assert write_password(PageClient(app), person).location.startswith("/sign-in/second-step")


def test_after_a_restored_backup_it_waits_anew(back: Back, now: datetime) -> None:
    """The backup does not know what was stopped since."""
    tuesday = now + timedelta(days=6)
    actions.begin_epoch(back.person.service_id, now=tuesday)
    reentries.open_due(tuesday)
    assert back.reentry
    assert back.reentry.opens_at == rules.reentry_opens_at(tuesday)


# --- the wait itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "opens"),
    [
        (
            "2026-11-18T09:00:00+00:00",
            "2026-11-21T09:00:00+00:00",
        ),  # a Wednesday: Thursday and Friday are work
        ("2026-11-20T15:00:00+00:00", "2026-11-23T15:30:00+00:00"),  # a Friday: to the end of Monday's work
        ("2026-04-01T08:00:00+00:00", "2026-04-07T14:30:00+00:00"),  # before Easter: to the Tuesday after it
    ],
)
def test_the_wait_is_three_days_and_one_whole_working_day(used: str, opens: str) -> None:
    assert rules.reentry_opens_at(datetime.fromisoformat(used)) == datetime.fromisoformat(opens)


def test_everything_that_happens_to_it_is_in_the_log(
    app: Flask, leader: Actor, person: PersonCard, old: PageClient, now: datetime
) -> None:
    from ledvei_pwa.platform import audit

    back = come_back(app, leader, person, now)
    stop(old, back.id)
    again = come_back(app, leader, person, now)
    confirm(old, again.id)
    about = [line for line in audit.latest(person.service_id, 99) if line.deed.startswith("reentry_")]
    assert sorted(line.deed for line in about) == sorted(
        ["reentry_begun", "reentry_stopped", "reentry_begun", "reentry_opened"]
    )
    assert {line.subject_id for line in about} == {person.id}
    assert audit.walk(person.service_id).broken_at is None
