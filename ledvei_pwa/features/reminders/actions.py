"""Verbs on reminders: plan them with what causes them, subscribe a device, show them.

Those that plan take part in the caller's transaction, which has the service's write lock. Those that take an
`actor` authorise and commit. Who is disabled or has left gets nothing: that is asked when a reminder is sent
(delivery.py), so that somebody who is let in again has theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.reminders import records, rules
from ledvei_pwa.features.reminders.delivery import SUBJECT, people_of, push_sender
from ledvei_pwa.features.reminders.messages import test_payload
from ledvei_pwa.features.reminders.records import WAITING, PushSubscription, Reminder
from ledvei_pwa.features.reminders.rules import Plan, ReminderKind, ReminderState
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.actions import SessionFacts
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.push import (
    PushMessage,
    Receipt,
    Subscription,
    Verdict,
    endpoint_problem,
    key_problem,
    new_topic,
)
from ledvei_pwa.platform.registry import house

KEPT_AFTER_USE: Final = timedelta(days=14)
TEST_TTL_SECONDS: Final = 300
MOST_SUBSCRIPTIONS: Final = 10  # of one person; the oldest give way


# --- planning, in the transaction that causes it ------------------------------------------------------------


def plan_session_reminders(session_id: str, at: datetime) -> None:
    """A session was made, moved, held or taken away, or has other people: its reminders follow."""
    facts = supervision.session_facts(session_id)
    if facts is None:
        return
    wanted = people_of(facts) if facts.is_planned and facts.starts_at > at else frozenset()
    existing = records.reminders_of_session(session_id)
    cards = people.persons_by_ids(wanted, now=at)
    for person_id in sorted(wanted | {reminder.person_id for reminder in existing}):
        mine = [reminder for reminder in existing if reminder.person_id == person_id]
        _follow_session(facts, cards.get(person_id), mine, at)


def plan_agreement_reminder(
    *,
    service_id: str,
    entry_id: str,
    session_id: str | None,
    owner_id: str | None,
    due: date | None,
    at: datetime,
) -> None:
    """An agreement was written or changed. `due` is None when it is done, removed or has no day."""
    existing = records.reminders_of_entry(entry_id)
    owner = people.active_person(owner_id, now=at) if owner_id and due else None
    if owner is None or owner.service_id != service_id:
        _drop(existing, at)
        return
    _drop([reminder for reminder in existing if reminder.person_id != owner.id], at)
    mine = [reminder for reminder in existing if reminder.person_id == owner.id]
    plan = rules.plan_agreement(due, quiet=owner.quiet_hours, now=at) if due else None
    _drop_outdated(mine, plan.expires_at if plan else None, at)
    _follow_plans([plan] if plan else [], mine, _Template(service_id, owner.id, session_id, entry_id, mine))


def follow_reentry(person_id: str, at: datetime) -> None:
    """A link to somebody's account begins to wait, waits anew, or ends: they are told at once, or no more."""
    existing = records.reminders_of_account(person_id)
    waiting, person = people.waiting_reentry(person_id), people.active_person(person_id, now=at)
    _drop_outdated(existing, waiting.opens_at if waiting else None, at)
    plan = Plan(ReminderKind.ACCOUNT, at, waiting.opens_at) if waiting else None
    if person:
        template = _Template(person.service_id, person_id, None, None, existing)
        _follow_plans([plan] if plan else [], existing, template)


def follow_last_day(person_id: str, at: datetime) -> None:
    """Somebody's last day was set, changed or undone, or their account closed: they are told, or no more."""
    existing = records.reminders_of_last_day(person_id)
    coming, person = people.last_day_of(person_id), people.active_person(person_id, now=at)
    if person is None or coming is None:
        _drop(existing, at)
        return
    _drop_outdated(existing, rules.end_of(coming.day), at)
    plans = rules.plans_for_last_day(coming.day, quiet=person.quiet_hours, now=at)
    _follow_plans(plans, existing, _Template(person.service_id, person_id, None, None, existing))


@dataclass
class _Template:
    """What all reminders of one person about one thing have in common."""

    service_id: str
    person_id: str
    session_id: str | None
    entry_id: str | None
    existing: list[Reminder]

    @property
    def topic(self) -> str:
        """One for all about the same thing to the same person: a new time replaces the old one on the way."""
        return next((reminder.topic for reminder in self.existing), "") or new_topic()

    def make(self, plan: Plan, topic: str) -> Reminder:
        return Reminder(
            id=new_id(),
            service_id=self.service_id,
            person_id=self.person_id,
            session_id=self.session_id,
            entry_id=self.entry_id,
            kind=plan.kind,
            topic=topic,
            state=ReminderState.PLANNED,
            tries=0,
        )


def _follow_session(
    facts: SessionFacts, person: PersonCard | None, existing: list[Reminder], at: datetime
) -> None:
    if person is None:
        _drop(existing, at)
        return
    _drop_outdated(existing, facts.starts_at, at)
    sent = [reminder for reminder in existing if reminder.state in records.SHOWN]
    plans = rules.plans_for_session(
        facts.starts_at,
        quiet=person.quiet_hours,
        now=at,
        prepare_was_sent=any(reminder.kind == ReminderKind.PREPARE for reminder in sent),
        reminded_at=max((r.due_at for r in sent if r.expires_at == facts.starts_at), default=None),
    )
    _follow_plans(plans, existing, _Template(facts.service_id, person.id, facts.id, None, existing))


def _follow_plans(plans: Iterable[Plan], existing: list[Reminder], template: _Template) -> None:
    """Change the waiting reminders to what is planned now, make those that are missing, cancel the rest."""
    by_kind = {plan.kind: plan for plan in plans}
    topic = template.topic
    for reminder in existing:
        if reminder.state == ReminderState.PLANNED and reminder.kind not in by_kind:
            reminder.state = ReminderState.CANCELLED
    for kind, plan in by_kind.items():
        if any(_has_reminded(reminder, plan) for reminder in existing):
            continue
        planned = [r for r in existing if r.kind == kind and r.state == ReminderState.PLANNED]
        reminder = planned[0] if planned else template.make(plan, topic)
        _set_time(reminder, plan)
        db.session.add(reminder)
    db.session.flush()


def _has_reminded(reminder: Reminder, plan: Plan) -> bool:
    """Whether this very thing at this very time has been, or is just being, reminded of."""
    is_out = reminder.state in records.SHOWN or reminder.state == ReminderState.CLAIMED
    return is_out and reminder.kind == plan.kind and reminder.expires_at == plan.expires_at


def _set_time(reminder: Reminder, plan: Plan) -> None:
    if (reminder.due_at, reminder.expires_at) == (plan.due_at, plan.expires_at):
        return  # a reminder that waits for another try keeps waiting
    reminder.due_at = reminder.try_at = plan.due_at
    reminder.expires_at, reminder.in_app_only = plan.expires_at, plan.in_app_only


def _drop_outdated(reminders: list[Reminder], expires_at: datetime | None, at: datetime) -> None:
    """What is shown or being sent for another time than this one is true no more."""
    _drop([r for r in reminders if r.state != ReminderState.PLANNED and r.expires_at != expires_at], at)


def _drop(reminders: Iterable[Reminder], at: datetime) -> None:
    """Cancel what waits, and take what is shown away from the devices."""
    for reminder in reminders:
        if reminder.state in WAITING:
            reminder.state = ReminderState.CANCELLED
        if feed.current_readers(SUBJECT, reminder.id):
            feed.withdraw(reminder.service_id, SUBJECT, reminder.id, at=at)


# --- subscriptions ----------------------------------------------------------------------------------------


def subscribe(
    actor: Actor, device_id: str, endpoint: str, p256dh: str, auth: str, *, now: datetime
) -> Outcome[str]:
    """Push to this browser from now on. Told at each start of the app, so it must do nothing when known.

    One browser has one address, whoever uses it: it follows the person who signed in last, so that nobody's
    reminders show on a phone or tablet that somebody else uses now.
    """
    device = people.find_device(device_id)
    if device is None or device.person_id != actor.person_id or device.revoked_at is not None:
        return refused("device_unknown")
    problem = key_problem(p256dh, auth) or endpoint_problem(endpoint, allow_local=house().settings.testing)
    if problem:
        return refused(problem)
    row = records.subscription_at(endpoint)
    wanted = {"service_id": actor.service_id, "person_id": actor.person_id, "device_id": device.id}
    wanted |= {"p256dh": p256dh, "auth": auth}
    if row is None:
        row = PushSubscription(id=new_id(), endpoint=endpoint, created_at=now)
        db.session.add(row)
    for name, value in wanted.items():
        setattr(row, name, value)
    db.session.flush()
    records.keep_newest_subscriptions(actor.person_id, MOST_SUBSCRIPTIONS)
    db.session.commit()
    return done(row.id)


def unsubscribe(actor: Actor, device_id: str) -> Outcome[int]:
    """Push no more to this device. Answers how many addresses were forgotten."""
    removed = records.remove_subscriptions(person_id=actor.person_id, device_id=device_id)
    db.session.commit()
    return done(removed)


def follow_closed_device(device_id: str, _now: datetime) -> None:
    """Nothing is pushed to it any more, so its address is of no use. Part of the caller's transaction."""
    records.forget_device(device_id)


def send_test(actor: Actor) -> Outcome[int]:
    """Show what a reminder looks like, at once, on all of one's own devices. Answers how many took it."""
    addresses = records.addresses_of({actor.person_id})
    if not addresses:
        return refused("no_device")
    payload = test_payload(language=actor.language, base_url=house().settings.base_url)
    messages = [
        PushMessage(a.id, Subscription(a.endpoint, a.p256dh, a.auth), payload, TEST_TTL_SECONDS, new_topic())
        for a in addresses
    ]
    receipts: list[Receipt] = []
    push_sender().send(messages, receipts.extend, give_up_after=10)
    records.forget_addresses({receipt.key for receipt in receipts if receipt.verdict is Verdict.GONE})
    db.session.commit()
    taken = sum(receipt.verdict is Verdict.ACCEPTED for receipt in receipts)
    return done(taken) if taken else refused("not_delivered")


# --- a person's own choice --------------------------------------------------------------------------------


def choose_quiet_hours(actor: Actor, quiet: bool, *, now: datetime) -> Outcome[bool]:
    """Whether reminders keep to working hours; what is planned follows."""
    feed.begin_writing(actor.service_id)
    people.set_quiet_hours(actor.person_id, quiet)
    waiting = records.waiting_reminders_of(actor.person_id)
    agreements = [reminder for reminder in waiting if reminder.kind == ReminderKind.AGREEMENT]
    for session_id in sorted(
        {str(reminder.session_id) for reminder in waiting if reminder not in agreements}
    ):
        plan_session_reminders(session_id, now)
    for reminder in agreements:
        _plan_again(reminder, now)
    db.session.commit()
    return done(quiet)


def _plan_again(reminder: Reminder, now: datetime) -> None:
    plan_agreement_reminder(
        service_id=reminder.service_id,
        entry_id=str(reminder.entry_id),
        session_id=reminder.session_id,
        owner_id=reminder.person_id,
        due=local(reminder.expires_at - rules.A_MOMENT).date(),
        at=now,
    )


# --- what is shown ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ComingReminder:
    """A reminder still to come. `about`: the session's start, or a moment of the day the agreement is due."""

    kind: ReminderKind
    due_at: datetime
    about: datetime
    session_id: str | None


def coming_reminders(actor: Actor) -> list[ComingReminder]:
    """One's own, soonest first."""
    return [_show_coming(reminder) for reminder in records.waiting_reminders_of(actor.person_id)]


def _show_coming(reminder: Reminder) -> ComingReminder:
    kind = ReminderKind(reminder.kind)
    about = reminder.expires_at - rules.A_MOMENT if kind is ReminderKind.AGREEMENT else reminder.expires_at
    return ComingReminder(kind, reminder.due_at, about, reminder.session_id)


def subscribed_devices(actor: Actor) -> int:
    """How many of one's own browsers are reached by push."""
    return len(records.addresses_of({actor.person_id}))


def render_reminders(person_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The `reminder` subject: what the list in the app is made from."""
    return {reminder.id: _show(reminder) for reminder in records.reminders_by_id(person_id, ids)}


def _show(reminder: Reminder) -> dict[str, Any]:
    return {
        "kind": reminder.kind,
        "session": reminder.session_id,
        "entry": reminder.entry_id,
        "due": reminder.due_at.isoformat(),
        "expires": reminder.expires_at.isoformat(),
        "state": reminder.state,
    }


def kept_about(person_id: str) -> dict[str, list[dict[str, Any]]]:
    """All reminders of somebody's, and where their browsers take them: which service, and not the address."""
    return {
        "reminders": [
            {**_show(row), "sent": row.sent_at.isoformat() if row.sent_at else None}
            for row in records.reminders_of(person_id)
        ],
        "push": [
            {
                "device": row.device_id,
                "host": urlsplit(row.endpoint).hostname,
                "made": row.created_at.isoformat(),
            }
            for row in records.subscriptions_of(person_id)
        ],
    }


# --- tidying ----------------------------------------------------------------------------------------------


def forget_old_reminders(now: datetime) -> None:
    """A job of every day: what has been of no use for two weeks leaves the devices and the table."""
    while old := records.reminders_past(now - KEPT_AFTER_USE, limit=200):
        for service_id in sorted({reminder.service_id for reminder in old}):
            feed.begin_writing(service_id)
        _drop(old, now)
        for reminder in old:
            db.session.delete(reminder)
        db.session.commit()
