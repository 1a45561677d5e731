"""Getting in: equal answers for every wrong try, links that work once, and the demo's links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, func, select

from ledvei_pwa.features.people import accounts, actions, factors
from ledvei_pwa.features.people.accounts import KnownBrowser, SignIn
from ledvei_pwa.features.people.factors import Proof
from ledvei_pwa.features.people.records import Invitation, Person
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import passwords
from ledvei_pwa.platform.sessions import SignInSession
from tests.support.people import PASSWORD, a_person, a_service, actor_of, without_second_factor

STRANGER = KnownBrowser("a browser nobody has signed in on")
NEW_PASSWORD = "fire vanlige ord holder"


def try_to(
    email: str, password: str, *, now: datetime, address: str = "192.0.2.1", known: KnownBrowser = STRANGER
) -> str:
    """The reason of the refusal, or nothing."""
    return accounts.check_sign_in(SignIn(email, password, address, known), now=now).reason


@contextmanager
def counted_statements(db: SQLAlchemy) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def people_who_do_not_get_in(now: datetime) -> dict[str, str]:
    """An e-mail of each sort."""
    leader = a_person(Role.SERVICE_LEADER)
    closed = a_person()
    actions.disable_person(actor_of(leader), closed.id, now=now)
    return {
        "wrong password": a_person().email,
        "unknown": "nobody@fjordvik.example",
        "closed": closed.email,
        "no password yet": a_person(can_sign_in=False).email,
    }


# --- signing in ------------------------------------------------------------------------------------


def test_the_right_password_opens_whatever_the_letters_of_the_address(app: Flask, now: datetime) -> None:
    person = a_person(email="kari@fjordvik.example")
    assert try_to(" KARI@Fjordvik.example ", PASSWORD, now=now) == ""
    assert person.email == "kari@fjordvik.example"


def test_every_wrong_try_is_refused_alike(app: Flask, now: datetime) -> None:
    emails = people_who_do_not_get_in(now)
    assert {
        sort: try_to(email, "not the password", now=now) for sort, email in emails.items()
    } == dict.fromkeys(emails, "wrong")


def test_a_closed_account_is_refused_with_the_right_password_too(app: Flask, now: datetime) -> None:
    assert try_to(people_who_do_not_get_in(now)["closed"], PASSWORD, now=now) == "wrong"


def test_every_wrong_try_does_the_same_work(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    """The same statements in the same order. That a password is always hashed: see test_passwords."""
    work = {}
    for sort, email in people_who_do_not_get_in(now).items():
        db.session.remove()
        with counted_statements(db) as statements:
            try_to(email, "not the password", now=now, address=f"192.0.2.{len(work)}")
        work[sort] = statements
    assert len({tuple(statements) for statements in work.values()}) == 1


def test_every_wrong_try_costs_the_same_hashes(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They take nearly all of the time that a try takes, so a stranger could measure one that is left out."""
    hashed: list[str] = []

    def count(password_hash: str | None, password: str) -> bool:
        hashed.append(password)
        return passwords.password_matches(password_hash, password)

    monkeypatch.setattr(accounts, "password_matches", count)
    monkeypatch.setattr(factors, "password_matches", count)
    counts = set()
    for number, email in enumerate(people_who_do_not_get_in(now).values()):
        hashed.clear()
        try_to(email, "not the password", now=now, address=f"192.0.2.{number}")
        factors.check_recovery(email, Proof("not the password", "1234", f"192.0.3.{number}"), now=now)
        counts.add(len(hashed))
    assert counts == {3}


def test_every_account_is_slowed_down_alike(app: Flask, now: datetime) -> None:
    waits = {}
    for number, (sort, email) in enumerate(people_who_do_not_get_in(now).items()):
        waits[sort] = [try_to(email, "guess", now=now, address=f"192.0.2.{number}") for _ in range(7)]
    assert set(map(tuple, waits.values())) == {("wrong",) * 5 + ("wait",) * 2}


def test_the_wait_is_told_in_seconds(app: Flask, now: datetime) -> None:
    email = a_person().email
    for _ in range(5):
        try_to(email, "guess", now=now)
    outcome = accounts.check_sign_in(SignIn(email, "guess", "192.0.2.1", STRANGER), now=now)
    assert outcome.fields == {"seconds": "5"}


def test_while_waiting_the_right_password_waits_too(app: Flask, now: datetime) -> None:
    """Otherwise a machine could go on guessing and only look for another answer."""
    email = a_person().email
    for _ in range(5):
        try_to(email, "guess", now=now)
    assert try_to(email, PASSWORD, now=now) == "wait"
    assert try_to(email, PASSWORD, now=now + timedelta(seconds=5)) == ""


def test_anothers_guesses_keep_nobody_out_for_more_than_a_minute(app: Flask, now: datetime) -> None:
    email = a_person().email
    for number in range(60):
        try_to(email, "guess", now=now + timedelta(seconds=number * 30), address=f"192.0.2.{number}")
    last = now + timedelta(seconds=60 * 30)
    assert try_to(email, PASSWORD, now=last + timedelta(minutes=1), address="198.51.100.1") == ""


def test_anothers_guesses_do_not_slow_down_the_persons_own_browser(app: Flask, now: datetime) -> None:
    person = a_person()
    for number in range(20):
        try_to(person.email, "guess", now=now, address=f"192.0.2.{number}")
    own = STRANGER.with_person(person.id)
    assert try_to(person.email, PASSWORD, now=now, address="198.51.100.1", known=own) == ""


def test_the_slips_of_a_whole_office_keep_nobody_out_where_they_have_been(app: Flask, now: datetime) -> None:
    person = a_person()
    for number in range(40):
        try_to(f"person{number}@fjordvik.example", "guess", now=now)
    assert try_to(person.email, PASSWORD, now=now) == "wait"
    assert try_to(person.email, PASSWORD, now=now, known=STRANGER.with_person(person.id)) == ""
    assert try_to(person.email, PASSWORD, now=now) == "wait"  # and nothing is taken back for strangers


def test_the_persons_own_browser_is_slowed_down_by_its_own_guesses(app: Flask, now: datetime) -> None:
    person = a_person()
    own = STRANGER.with_person(person.id)
    assert [try_to(person.email, "guess", now=now, known=own) for _ in range(6)][-1] == "wait"


def test_one_address_cannot_try_many_accounts(app: Flask, now: datetime) -> None:
    tries = [try_to(f"person{number}@fjordvik.example", "guess", now=now) for number in range(31)]
    assert tries == ["wrong"] * 30 + ["wait"]


def test_a_whole_office_signs_in_from_one_address(app: Flask, now: datetime) -> None:
    person = a_person()
    assert [try_to(person.email, PASSWORD, now=now) for _ in range(35)] == [""] * 35


def test_what_a_known_browser_says_must_be_ours(app: Flask) -> None:
    known = STRANGER.with_person("p")
    cookie = accounts.write_known_browser(known)
    assert accounts.read_known_browser(cookie) == known
    for forged in (None, "", "x", cookie[:-1], cookie + "x", "WyJhIixbInAiXV0.x"):
        assert accounts.read_known_browser(forged).person_ids == ()


def test_a_shared_tablet_remembers_a_few_people(app: Flask) -> None:
    known = STRANGER
    for number in range(20):
        known = known.with_person(str(number))
    assert known.person_ids == tuple(str(number) for number in range(19, 11, -1))


# --- links -----------------------------------------------------------------------------------------


def a_link(now: datetime) -> actions.InvitationLink:
    return actions.make_invitation(a_person(can_sign_in=False).id, now=now)


def accept(token: str, now: datetime, *, password: str = NEW_PASSWORD, language: str = "nn") -> str:
    return accounts.accept_invitation(token, language=language, password=password, now=now).reason


def test_a_link_is_accepted_with_a_language_and_a_password(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    link = a_link(now)
    assert accept(link.token, now) == ""
    person = db.session.get_one(Person, link.person_id)
    assert person.language == "nn"
    assert try_to(person.email, NEW_PASSWORD, now=now) == ""


def test_the_database_keeps_only_a_digest_of_the_link(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    link = a_link(now)
    row = db.session.scalars(select(Invitation)).one()
    assert link.token not in " ".join(str(value) for value in vars(row).values())
    assert link.token not in repr(link)


def test_a_link_works_once(app: Flask, now: datetime) -> None:
    link = a_link(now)
    accept(link.token, now)
    assert accept(link.token, now, password="another long password") == "link_unusable"


def test_a_used_link_is_not_shown_again(app: Flask, now: datetime) -> None:
    link = a_link(now)
    accept(link.token, now)
    assert accounts.find_invitation(link.token, now=now) is None


def test_of_two_who_use_a_link_at_the_same_time_one_gets_in(
    app: Flask, db: SQLAlchemy, now: datetime
) -> None:
    link = a_link(now)
    row_id = db.session.scalars(select(Invitation.id)).one()
    assert accounts._use_up(row_id, now)
    assert not accounts._use_up(row_id, now)
    assert accept(link.token, now) == "link_unusable"


def test_a_link_works_for_seven_days(app: Flask, now: datetime) -> None:
    link = a_link(now)
    assert accounts.find_invitation(link.token, now=now + timedelta(days=7, seconds=-1))
    assert not accounts.find_invitation(link.token, now=now + timedelta(days=7))


def test_a_new_link_voids_the_old_one(app: Flask, now: datetime) -> None:
    old = a_link(now)
    new = actions.make_invitation(old.person_id, now=now + timedelta(minutes=1))
    assert not accounts.find_invitation(old.token, now=now + timedelta(minutes=1))
    assert accounts.find_invitation(new.token, now=now + timedelta(minutes=1))


def test_closing_an_account_voids_its_link(app: Flask, now: datetime) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    link = a_link(now)
    actions.disable_person(leader, link.person_id, now=now)
    actions.enable_person(leader, link.person_id, now=now + timedelta(minutes=1))
    assert not accounts.find_invitation(link.token, now=now + timedelta(minutes=1))


@pytest.mark.parametrize("password", ["", "elleve tegn", "x" * 201])
def test_a_password_of_the_wrong_length_leaves_the_link_unused(
    app: Flask, now: datetime, password: str
) -> None:
    link = a_link(now)
    assert accept(link.token, now, password=password) == "password_length"
    assert accept(link.token, now) == ""


def test_a_password_that_others_try_first_leaves_the_link_unused(app: Flask, now: datetime) -> None:
    link = a_link(now)
    email = accounts.find_invitation(link.token, now=now).email  # type: ignore[union-attr]
    assert accept(link.token, now, password=f"{email} 1") == "password_easy"
    assert accept(link.token, now) == ""


def test_a_language_we_do_not_speak_leaves_the_link_unused(app: Flask, now: datetime) -> None:
    link = a_link(now)
    assert accept(link.token, now, language="sv") == "unknown_language"
    assert accounts.find_invitation(link.token, now=now)


def test_a_new_password_ends_the_sign_ins_from_before_it(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    person = without_second_factor()
    db.session.add(
        SignInSession(
            service_id=person.service_id,
            person_id=person.id,
            token_hash="x",
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(days=30),
            browser="",
        )
    )
    link = actions.make_invitation(person.id, now=now)
    accept(link.token, now)
    assert db.session.scalars(select(SignInSession.ended_at)).one() == now
    assert try_to(person.email, PASSWORD, now=now) == "wrong"


def test_a_person_sees_who_made_a_link_to_the_account(app: Flask, now: datetime) -> None:
    leader, person = a_person(Role.SERVICE_LEADER, name="Ragnhild"), a_person()
    actions.make_invitation(person.id, now=now)
    actions.invite_again(actor_of(leader), person.id, now=now + timedelta(minutes=1))
    assert [made.by for made in accounts.invitations_made_for(person.id)] == ["Ragnhild", None]


def test_a_link_is_an_address_of_this_server(app: Flask, now: datetime) -> None:
    assert accounts.absolute_link(a_link(now)).startswith("http://localhost/invitation/")


# --- the demo --------------------------------------------------------------------------------------


def test_a_demo_link_opens_an_invented_person(app: Flask) -> None:
    person = a_person(service=a_service(is_demo=True))
    path = accounts.demo_sign_in_link(person.id)
    found = accounts.find_demo_person(path.removeprefix("/demo/"))
    assert found
    assert found.id == person.id


def test_a_demo_link_never_opens_a_real_person(app: Flask) -> None:
    person = a_person(service=a_service(is_demo=False))
    path = accounts.demo_sign_in_link(person.id)
    assert accounts.find_demo_person(path.removeprefix("/demo/")) is None


@pytest.mark.parametrize("token", ["", "x", "InAi.forged"])
def test_a_forged_demo_link_opens_nobody(app: Flask, token: str) -> None:
    assert accounts.find_demo_person(token) is None


def test_a_token_signed_for_another_purpose_is_no_demo_link(app: Flask) -> None:
    person = a_person(service=a_service(is_demo=True))
    token = str(accounts._known_browsers().dumps(person.id))
    assert accounts.find_demo_person(token) is None


# --- keeping little --------------------------------------------------------------------------------


def test_old_sign_ins_are_forgotten_and_live_ones_kept(app: Flask, db: SQLAlchemy, now: datetime) -> None:
    person = a_person()
    for number, age in enumerate((0, 29, 200)):
        db.session.add(
            SignInSession(
                service_id=person.service_id,
                person_id=person.id,
                token_hash=str(number),
                created_at=now - timedelta(days=age),
                last_seen_at=now - timedelta(days=age),
                expires_at=now - timedelta(days=age) + timedelta(days=30),
                browser="",
            )
        )
    db.session.commit()
    for _ in range(2):
        accounts.forget_old_tries_and_sign_ins(now)
    assert db.session.scalar(select(func.count(SignInSession.id))) == 2
