"""What is due is sent once to each browser, says no more than it should, and is shown in the app."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people import reentries
from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.features.reminders import actions, delivery, records
from ledvei_pwa.features.reminders.records import PushSubscription, Reminder
from ledvei_pwa.features.reminders.rules import ReminderState
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import current_readers
from ledvei_pwa.platform.push import PushSender, Receipt
from ledvei_pwa.platform.registry import House
from tests.support.page_client import PageClient
from tests.support.people import a_person, actor_of, come_back, sign_in
from tests.support.push_service import (
    DecryptingPushService,
    StrangePushService,
    decrypting_push_service,
)
from tests.support.reminders import (
    an_agreement_entry,
    in_language,
    oslo,
    reminders_of,
    subscribe,
    subscribed_browser,
    summary,
)
from tests.support.supervision import a_leader, a_series

PREPARE_DUE = oslo("2026-11-17 08:00")
SESSION_DUE = oslo("2026-11-19 07:30")


def states(person: PersonCard, session: Session) -> list[str]:
    return [reminder.state for reminder in reminders_of(person, session_id=session.id)]


def subscriptions_of(person: PersonCard) -> list[str]:
    return list(
        db.session.scalars(select(PushSubscription.endpoint).where(PushSubscription.person_id == person.id))
    )


@pytest.fixture
def phone(
    member: PersonCard, session: Session, push_service: StrangePushService, monday: datetime
) -> Iterator[Any]:
    """The participant's browser; the session is planned."""
    return subscribed_browser(member, push_service, "phone", now=monday)


# --- what it says


@pytest.fixture(scope="module")
def decrypting() -> Iterator[DecryptingPushService]:
    with decrypting_push_service() as service:
        yield service


@pytest.fixture
def received(
    decrypting: DecryptingPushService, house: House, monday: datetime, push_service: StrangePushService
) -> Callable[[PersonCard, datetime], list[dict[str, Any]]]:
    """Subscribe a person, deliver what is due then, and answer what their push service decrypted."""

    def deliver(person: PersonCard, at: datetime) -> list[dict[str, Any]]:
        subscription = decrypting.subscribe(house.keyring.vapid_public)
        subscribe(person, subscription, now=monday)
        delivery.deliver_due(at)
        return decrypting.messages(subscription)

    return deliver


def test_prepare_says_when_and_asks_and_leads_to_preparing(
    received: Callable[..., Any], member: PersonCard, session: Session
) -> None:
    (message,) = received(member, PREPARE_DUE)
    assert message["web_push"] == 8030
    shown = message["notification"]
    assert shown["title"] == in_language(
        "nb", "Supervision on %(day)s at %(time)s", day="torsdag", time="10.00"
    )
    assert shown["body"] == in_language("nb", "Would you like to prepare?")
    assert shown["navigate"] == f"http://localhost/nb/supervision/{session.id}/prepare"
    assert (shown["lang"], shown["dir"]) == ("nb", "ltr")


def test_the_text_is_in_the_persons_own_language(
    received: Callable[..., Any], supervisor: PersonCard, session: Session
) -> None:
    (message,) = received(supervisor, PREPARE_DUE)
    shown = message["notification"]
    assert shown["lang"] == "nn"
    assert shown["body"] == in_language("nn", "Would you like to prepare?")
    assert shown["navigate"].startswith("http://localhost/nn/")
    assert session.id in shown["navigate"]


def test_on_the_day_it_says_today_and_leads_to_the_session(
    received: Callable[..., Any], member: PersonCard, session: Session
) -> None:
    delivery.deliver_due(PREPARE_DUE)
    (message,) = received(member, SESSION_DUE)
    assert message["notification"]["title"] == in_language(
        "nb", "Supervision today at %(time)s", time="10.00"
    )
    assert message["notification"]["navigate"] == f"http://localhost/nb/supervision/{session.id}"


def test_an_agreement_says_that_something_is_due_and_not_what(
    received: Callable[..., Any],
    member: PersonCard,
    supervisor: PersonCard,
    session: Session,
    monday: datetime,
) -> None:
    entry = an_agreement_entry(supervisor, session.id, session.series_id, now=monday)
    due = oslo("2026-11-18 08:00")
    plan_agreement(entry, session, member, due, monday)
    delivery.deliver_due(PREPARE_DUE)
    (message,) = received(member, due)
    assert message["notification"]["title"] == in_language("nb", "An agreement is due today")
    assert message["notification"]["navigate"] == "http://localhost/nb/today"


def plan_agreement(entry: str, session: Session, owner: PersonCard, due: datetime, at: datetime) -> None:
    actions.plan_agreement_reminder(
        service_id=session.service_id,
        entry_id=entry,
        session_id=session.id,
        owner_id=owner.id,
        due=due.date(),
        at=at,
    )
    db.session.commit()


def test_no_push_names_a_person_a_series_or_a_place(
    received: Callable[..., Any], supervisor: PersonCard, monday: datetime, service: ServiceCard
) -> None:
    member = a_person(service=service, name="Torbjørg Fredheim")
    start = oslo("2026-11-19 10:00").date()
    a_series(supervisor, [member], now=monday, start=start, name="Gruppa til Hanne", place="Rom 4")
    text = str(received(member, PREPARE_DUE)) + str(received(member, SESSION_DUE))
    for secret in ("Torbjørg", "Fredheim", "Ragnhild", "Hanne", "Rom 4"):
        assert secret not in text


def test_a_session_more_than_a_week_ahead_is_named_by_date(
    received: Callable[..., Any], supervisor: PersonCard, service: ServiceCard, monday: datetime
) -> None:
    member = a_person(service=service, language="nb")
    a_series(supervisor, [member], now=oslo("2027-03-15 10:00"), start=oslo("2027-03-30 10:00").date())
    (message,) = received(member, oslo("2027-03-23 08:00"))  # Easter between
    assert message["notification"]["title"] == in_language(
        "nb", "Supervision on %(day)s at %(time)s", day="tirsdag 30. mars", time="10.00"
    )


def test_the_push_service_keeps_it_until_the_session_begins(
    phone: Any, push_service: StrangePushService
) -> None:
    delivery.deliver_due(PREPARE_DUE)
    (post,) = push_service.posts_to("phone")
    assert int(post.headers["TTL"]) == (2 * 24 + 2) * 3600


def test_both_reminders_of_a_session_have_one_topic_and_tag(
    phone: Any, push_service: StrangePushService
) -> None:
    delivery.deliver_due(PREPARE_DUE)
    delivery.deliver_due(SESSION_DUE)
    topics = {post.headers["Topic"] for post in push_service.posts_to("phone")}
    tags = {phone.read(post.body)["notification"]["tag"] for post in push_service.posts_to("phone")}
    assert len(topics) == 1
    assert tags == topics


# --- when and to whom


def test_nothing_is_sent_before_its_time(phone: Any, push_service: StrangePushService) -> None:
    assert delivery.deliver_due(PREPARE_DUE - timedelta(seconds=1)) == 0
    assert not push_service.posts


def test_a_second_run_sends_nothing_more(phone: Any, push_service: StrangePushService) -> None:
    delivery.deliver_due(PREPARE_DUE)
    delivery.deliver_due(PREPARE_DUE)
    assert push_service.counts == {"phone": 1}


def test_each_of_a_persons_browsers_gets_it(
    phone: Any, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    subscribed_browser(member, push_service, "laptop", now=monday)
    delivery.deliver_due(PREPARE_DUE)
    assert push_service.counts == {"phone": 1, "laptop": 1}


def test_a_sent_reminder_is_shown_in_the_app_to_its_person_alone(
    phone: Any, member: PersonCard, session: Session
) -> None:
    delivery.deliver_due(PREPARE_DUE)
    sent = reminders_of(member, session_id=session.id)[0]
    assert current_readers("reminder", sent.id) == {member.id}
    assert actions.render_reminders(member.id, [sent.id]) == {
        sent.id: {
            "kind": "prepare",
            "session": session.id,
            "entry": None,
            "due": PREPARE_DUE.isoformat(),
            "expires": session.starts_at.isoformat(),
            "state": "sent",
        }
    }


def test_nobody_is_shown_anothers_reminder(
    member: PersonCard, supervisor: PersonCard, session: Session
) -> None:
    delivery.deliver_due(PREPARE_DUE)
    of_member = reminders_of(member, session_id=session.id)[0]
    assert actions.render_reminders(supervisor.id, [of_member.id]) == {}


def test_somebody_without_push_finds_it_in_the_app(member: PersonCard, session: Session) -> None:
    delivery.deliver_due(PREPARE_DUE)
    sent = reminders_of(member, session_id=session.id)[0]
    assert sent.state == "sent"
    assert current_readers("reminder", sent.id) == {member.id}


def test_a_planned_reminder_is_not_shown_before_its_time(member: PersonCard, session: Session) -> None:
    assert all(not current_readers("reminder", reminder.id) for reminder in reminders_of(member))


def test_somebody_who_is_disabled_gets_nothing(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    db.session.execute(update(Person).where(Person.id == member.id).values(disabled_at=PREPARE_DUE))
    db.session.commit()
    delivery.deliver_due(PREPARE_DUE)
    assert not push_service.posts
    assert states(member, session)[0] == "cancelled"


def test_an_account_that_is_closed_is_reminded_of_nothing_from_that_moment_and_again_when_it_is_opened(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    people.disable_person(leader, member.id, now=PREPARE_DUE - timedelta(minutes=1))
    delivery.deliver_due(PREPARE_DUE)
    assert not push_service.posts
    people.enable_person(leader, member.id, now=PREPARE_DUE + timedelta(hours=1))
    delivery.deliver_due(SESSION_DUE)
    assert len(push_service.posts) == 1


def test_a_closed_account_takes_no_new_addresses_for_reminders(
    phone: Any, member: PersonCard, session: Session, client: PageClient, push_service: StrangePushService
) -> None:
    sign_in(client, member)
    people.disable_person(actor_of(a_person(Role.SERVICE_LEADER)), member.id, now=PREPARE_DUE)
    refused = client.post(
        "/api/v1/push",
        json={"device": "any", "subscription": push_service.browser("another").subscription},
        headers={"X-Ledvei": "1", "Sec-Fetch-Site": "same-origin"},
    )
    assert refused.status_code == 401


def test_a_revoked_device_gets_nothing(
    member: PersonCard, session: Session, push_service: StrangePushService, monday: datetime
) -> None:
    device_id = subscribe(member, push_service.browser("lost").subscription, now=monday)
    people.revoke_device(actor_of(member), device_id, now=monday)
    delivery.deliver_due(PREPARE_DUE)
    assert not push_service.posts


def test_the_address_of_a_closed_device_is_deleted_with_it_and_no_other(
    member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    lost = subscribe(member, push_service.browser("lost").subscription, now=monday)
    subscribe(member, push_service.browser("kept").subscription, now=monday)
    people.revoke_device(actor_of(member), lost, now=monday)
    kept = db.session.scalars(select(PushSubscription.endpoint)).all()
    assert kept == [push_service.browser("kept").subscription.endpoint]


def test_a_reminder_whose_session_was_moved_behind_its_back_is_not_sent(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    session.starts_at += timedelta(days=1)  # without telling anybody
    db.session.commit()
    delivery.deliver_due(PREPARE_DUE)
    assert not push_service.posts
    assert states(member, session)[0] == "cancelled"


def test_a_worker_that_was_down_until_the_session_began_sends_nothing(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    delivery.deliver_due(session.starts_at)
    assert not push_service.posts
    assert states(member, session) == ["expired", "expired"]


def test_an_expired_reminder_is_shown_in_the_app(member: PersonCard, session: Session) -> None:
    delivery.deliver_due(session.starts_at)
    assert all(
        current_readers("reminder", r.id) == {member.id} for r in reminders_of(member, session_id=session.id)
    )


def test_a_worker_that_was_down_by_day_wakes_nobody_at_night(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    delivery.deliver_due(oslo("2026-11-17 22:00"))
    assert not push_service.posts
    delivery.deliver_due(oslo("2026-11-18 07:29"))
    assert not push_service.posts
    delivery.deliver_due(oslo("2026-11-18 07:30"))
    assert push_service.counts == {"phone": 1}


def test_somebody_without_quiet_hours_is_reached_at_night(
    phone: Any, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    actions.choose_quiet_hours(actor_of(member), False, now=monday)
    delivery.deliver_due(oslo("2026-11-17 22:00"))
    assert push_service.counts == {"phone": 1}


# --- push services that fail


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_address_is_forgotten_at_once(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService, status: int
) -> None:
    push_service.answers["phone"] = [status]
    delivery.deliver_due(PREPARE_DUE)
    assert subscriptions_of(member) == []
    assert states(member, session)[0] == "sent"


def test_a_dead_address_does_not_keep_the_other_device_from_its_reminder(
    phone: Any, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    subscribed_browser(member, push_service, "laptop", now=monday)
    push_service.answers["phone"] = [410]
    delivery.deliver_due(PREPARE_DUE)
    assert subscriptions_of(member) == [push_service.endpoint("laptop")]
    assert push_service.counts == {"phone": 1, "laptop": 1}


def test_a_failing_push_service_is_tried_again_after_a_while(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    push_service.answers["phone"] = [503, 500, 201]
    delivery.deliver_due(PREPARE_DUE)
    delivery.deliver_due(PREPARE_DUE + timedelta(seconds=59))
    assert push_service.counts == {"phone": 1}
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=1))
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=2))
    assert push_service.counts == {"phone": 2}
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=3))
    assert push_service.counts == {"phone": 3}
    assert states(member, session)[0] == "sent"


def test_while_a_push_fails_the_reminder_is_already_in_the_app(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    push_service.answers["phone"] = [503]
    delivery.deliver_due(PREPARE_DUE)
    reminder = reminders_of(member, session_id=session.id)[0]
    assert reminder.state == "planned"
    assert current_readers("reminder", reminder.id) == {member.id}


def test_only_the_device_that_failed_is_tried_again(
    phone: Any, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    subscribed_browser(member, push_service, "laptop", now=monday)
    push_service.answers["phone"] = [503, 201]
    delivery.deliver_due(PREPARE_DUE)
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=1))
    assert push_service.counts == {"phone": 2, "laptop": 1}


def test_a_busy_push_service_is_left_alone_as_long_as_it_asks(
    phone: Any, push_service: StrangePushService, app: Flask
) -> None:
    push_service.answers["phone"] = [429, 201]
    push_service.answer_headers["Retry-After"] = "1800"
    delivery.deliver_due(PREPARE_DUE)
    app.extensions.pop(delivery.SENDER)  # another process, that has not been told
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=29))
    assert push_service.counts == {"phone": 1}
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=30))
    assert push_service.counts == {"phone": 2}


def test_a_push_service_that_never_comes_back_lets_the_reminder_expire(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    push_service.answers["phone"] = [503]
    at = SESSION_DUE
    while at <= session.starts_at:
        delivery.deliver_due(at)
        at += timedelta(minutes=1)
    assert states(member, session) == ["expired", "expired"]


def test_a_refused_message_is_not_repeated(
    phone: Any, member: PersonCard, session: Session, push_service: StrangePushService
) -> None:
    push_service.answers["phone"] = [413]
    delivery.deliver_due(PREPARE_DUE)
    delivery.deliver_due(PREPARE_DUE + timedelta(hours=1))
    assert push_service.counts == {"phone": 1}
    assert states(member, session)[0] == "sent"


# --- once


def test_two_workers_at_the_same_moment_send_each_reminder_once(
    app: Flask,
    supervisor: PersonCard,
    service: ServiceCard,
    push_service: StrangePushService,
    monday: datetime,
) -> None:
    members = [a_person(service=service) for _ in range(40)]
    for number, person in enumerate(members):
        subscribed_browser(person, push_service, str(number), now=monday)
    for group in (members[:20], members[20:]):
        a_series(supervisor, group, now=monday, start=oslo("2026-11-19 10:00").date())
    push_service.latency = 0.02
    workers_at_once(app, 2, lambda: delivery.deliver_due(PREPARE_DUE))
    assert set(push_service.counts.values()) == {1}
    assert len(push_service.counts) == 40
    due = select(Reminder.state).where(Reminder.due_at <= PREPARE_DUE)
    assert set(db.session.scalars(due)) == {"sent"}


def test_many_workers_claim_each_reminder_once(app: Flask, series: Series, member: PersonCard) -> None:
    everything = max(reminder.due_at for reminder in reminders_of(member))
    claimed: list[str] = []

    def claim() -> None:
        while taken := records.claim_due(threading.current_thread().name, everything, limit=3):
            new = [reminder.id for reminder in taken if reminder.id not in mine()]
            mine().extend(new)
            claimed.extend(new)
            me, ids = threading.current_thread().name, [reminder.id for reminder in taken]
            records.end_claims(me, ids, state=ReminderState.SENT)
            db.session.commit()

    seen: dict[str, list[str]] = {}

    def mine() -> list[str]:
        return seen.setdefault(threading.current_thread().name, [])

    workers_at_once(app, 4, claim)
    total = len(list(db.session.scalars(select(Reminder.id))))
    assert len(claimed) == len(set(claimed)) == total


def workers_at_once(app: Flask, count: int, work: Callable[[], object]) -> None:
    """Run the work in several threads that start together, each with its own database session."""
    start, failures = threading.Barrier(count), []

    def run() -> None:
        with app.app_context():
            try:
                start.wait(10)
                work()
            except Exception as error:  # told below, in the test's own thread
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, name=f"worker-{number}") for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.expire_all()
    assert failures == []


class Killed(BaseException):
    """The process ends here."""


def test_a_killed_workers_reminders_are_taken_up_after_five_minutes_and_sent_once_more_to_nobody(
    phone: Any,
    member: PersonCard,
    session: Session,
    push_service: StrangePushService,
    monday: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after one of two devices is known to have it: the other one gets it, the first not again."""
    subscribed_browser(member, push_service, "laptop", now=monday)
    send = PushSender.send

    def send_one_and_die(self: PushSender, messages: Any, record: Callable[[list[Receipt]], None]) -> None:
        send(self, [next(iter(messages))], record)
        raise Killed

    monkeypatch.setattr(PushSender, "send", send_one_and_die)
    with pytest.raises(Killed):
        delivery.deliver_due(PREPARE_DUE)
    db.session.rollback()
    monkeypatch.setattr(PushSender, "send", send)
    assert states(member, session)[0] == "claimed"
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=4))
    assert len(push_service.posts) == 1
    delivery.deliver_due(PREPARE_DUE + timedelta(minutes=5))
    assert push_service.counts == {"phone": 1, "laptop": 1}
    assert states(member, session)[0] == "sent"


def test_a_session_moved_while_its_reminder_is_being_sent_keeps_the_new_plan(
    phone: Any,
    member: PersonCard,
    supervisor: PersonCard,
    session: Session,
    push_service: StrangePushService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = PushSender.send

    def move_while_sending(self: PushSender, messages: Any, record: Callable[[list[Receipt]], None]) -> None:
        leader = a_leader(supervisor.service_id, supervisor.id)
        assert supervision.move_session(leader, session.id, oslo("2026-11-26 10:00"), now=PREPARE_DUE).ok
        send(self, messages, record)

    monkeypatch.setattr(PushSender, "send", move_while_sending)
    delivery.deliver_due(PREPARE_DUE)
    assert summary(reminders_of(member, session_id=session.id)) == [
        ("prepare", "Tue 17.11 08:00", "cancelled"),
        ("prepare", "Tue 24.11 08:00", "planned"),
        ("session", "Thu 26.11 07:30", "planned"),
    ]


def test_more_reminders_than_one_batch_are_all_sent(
    phone: Any, member: PersonCard, push_service: StrangePushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH", 1)
    assert delivery.deliver_due(PREPARE_DUE) == 2  # supervisor and participant
    assert push_service.counts == {"phone": 1}


# --- a link to one's account ------------------------------------------------------------------------------


def link_used(app: Flask, person: PersonCard, now: datetime) -> str:
    """Answers the reentry's id."""
    with time_machine.travel(now, tick=False):
        return come_back(app.test_client(), person)


def test_a_link_in_use_is_pushed_at_any_hour_and_leads_to_where_it_is_stopped(
    received: Callable[..., Any], app: Flask, member: PersonCard
) -> None:
    """The quiet hours of Easter are longer than the wait."""
    night = oslo("2026-11-14 02:00")  # a Saturday
    link_used(app, member, night)
    (message,) = received(member, night)
    assert message["notification"]["title"] == in_language("nb", "A link to your account is in use")
    assert message["notification"]["navigate"] == "http://localhost/devices"
    assert member.name not in str(message)


def test_a_link_that_was_stopped_is_told_of_no_more(
    phone: Any, app: Flask, member: PersonCard, monday: datetime
) -> None:
    reentry = link_used(app, member, monday)
    delivery.deliver_due(monday)
    (reminder,) = [one for one in reminders_of(member) if one.kind == "account"]
    assert current_readers("reminder", reminder.id) == {member.id}
    reentries.stop(member.id, reentry, now=monday)
    assert current_readers("reminder", reminder.id) == set()


def test_nobody_is_told_twice_of_the_same_link(
    phone: Any, app: Flask, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    link_used(app, member, monday)
    delivery.deliver_due(monday)
    delivery.deliver_due(monday + timedelta(minutes=1))
    assert push_service.counts == {"phone": 1}


# --- one's last day ---------------------------------------------------------------------------------------


def set_last_day(member: PersonCard, day: date, now: datetime) -> Actor:
    leader = actor_of(a_person(Role.SERVICE_LEADER))
    assert people.set_last_day(leader, member.id, day, now=now).ok
    return leader


def test_a_last_day_is_pushed_without_a_word_of_it_and_leads_to_where_it_is_told(
    received: Callable[..., Any], member: PersonCard, monday: datetime
) -> None:
    set_last_day(member, date(2026, 12, 31), monday)
    (message,) = received(member, monday)
    assert message["notification"]["title"] == in_language("nb", "There is news about your account")
    assert message["notification"]["navigate"] == "http://localhost/my-last-day"
    assert not {"31", "desember", "siste", "dag"} & set(message["notification"]["title"].split())


def test_of_another_last_day_one_is_told_anew_and_of_one_undone_no_more(
    phone: Any, member: PersonCard, push_service: StrangePushService, monday: datetime
) -> None:
    leader = set_last_day(member, date(2026, 12, 31), monday)
    delivery.deliver_due(monday)
    people.set_last_day(leader, member.id, date(2026, 12, 18), now=monday)
    delivery.deliver_due(monday)
    assert push_service.counts == {"phone": 2}
    people.undo_last_day(leader, member.id, now=monday)
    delivery.deliver_due(oslo("2026-12-11 08:00"))
    assert [one.state for one in reminders_of(member) if one.kind == "last_week"] == ["cancelled"]
    assert all(not current_readers("reminder", one.id) for one in reminders_of(member) if "last" in one.kind)
