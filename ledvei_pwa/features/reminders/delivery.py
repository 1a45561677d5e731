"""The worker's part: take what is due, send it once, remember what came of it.

A reminder is claimed by an UPDATE, so it has one sender. What a push service accepted is written down every
fifth of a second, so a worker that is killed and followed by another repeats at most those last ones; they
have the same Topic and tag, and replace instead of doubling on the phone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from flask import current_app

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.reminders import records, rules
from ledvei_pwa.features.reminders.messages import reminder_payload
from ledvei_pwa.features.reminders.records import Address, Claimed
from ledvei_pwa.features.reminders.rules import ReminderKind, ReminderState
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.actions import SessionFacts
from ledvei_pwa.kernel.quiet_hours import next_allowed
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.push import PushMessage, PushSender, Receipt, Subscription, Verdict
from ledvei_pwa.platform.registry import house

SUBJECT: Final = "reminder"
ENTRY: Final = "entry"  # what the feed calls a text; whoever holds it in their feed may read it
BATCH: Final = 1000  # sending gives up after 3 minutes, so a batch ends before another worker takes the claim
SENDER: Final = "ledvei_push_sender"


def deliver_job(now: datetime) -> None:
    """The worker's job. May run twice: what one has claimed the other passes over."""
    deliver_due(now)


def deliver_due(now: datetime) -> int:
    """Deliver all reminders that are due. Answers how many this worker took."""
    taken = 0
    while batch := claim_batch(now):
        batch.deliver()
        taken += len(batch.reminders)
    return taken


def push_sender() -> PushSender:
    """One for the whole process: it remembers which push services asked for a pause."""
    if SENDER not in current_app.extensions:
        own, keys = house().settings, house().keyring
        subject = own.base_url if own.https else "mailto:ledvei@localhost"
        current_app.extensions[SENDER] = PushSender(keys.vapid_private, subject, allow_local=own.testing)
    return cast("PushSender", current_app.extensions[SENDER])


def claim_batch(now: datetime) -> Batch | None:
    """Take the next due reminders, with what is true about them now; None when nothing is due."""
    claim = new_id()
    reminders = records.claim_due(claim, now, limit=BATCH)
    if not reminders:
        return None
    session_ids = {reminder.session_id for reminder in reminders if reminder.session_id}
    return Batch(
        claim=claim,
        now=now,
        reminders=reminders,
        sessions={id_: facts for id_ in session_ids if (facts := supervision.session_facts(id_))},
        people=people.persons_by_ids({reminder.person_id for reminder in reminders}, now=now),
    )


@dataclass(frozen=True)
class Ending:
    """How a claim on a reminder ends. `try_at`: when it is taken up again; `failed`: the try failed."""

    state: ReminderState
    try_at: datetime | None = None
    failed: bool = False


SHOW_IN_APP: Final = Ending(ReminderState.SENT)
CANCEL: Final = Ending(ReminderState.CANCELLED)
EXPIRE: Final = Ending(ReminderState.EXPIRED)


@dataclass
class Batch:
    """The reminders one worker has claimed at one moment."""

    claim: str
    now: datetime
    reminders: list[Claimed]
    sessions: dict[str, SessionFacts]
    people: dict[str, PersonCard]
    pairs: dict[str, tuple[Claimed, Address]] = field(default_factory=dict)  # by message key
    left: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by reminder: answers to come
    waits: dict[str, float] = field(default_factory=dict)  # by reminder: seconds until another try

    def deliver(self) -> None:
        """Settle what needs no push, send the rest, and settle that as the answers come."""
        endings = {
            reminder.id: ending for reminder in self.reminders if (ending := self._ending_unsent(reminder))
        }
        self._address([reminder for reminder in self.reminders if reminder.id not in endings])
        for reminder in self.reminders:
            if reminder.id not in endings and not self.left[reminder.id]:
                endings[reminder.id] = SHOW_IN_APP  # no device to push to
        self._write(endings)
        if self.pairs:
            push_sender().send(map(self._message, self.pairs), self._record)

    # --- before sending

    def _ending_unsent(self, reminder: Claimed) -> Ending | None:
        """How it ends without a push, or None when it is to be pushed."""
        person = self.people.get(reminder.person_id)
        if person is None or not person.is_active or not self._is_still_meant(reminder):
            return CANCEL
        if reminder.expires_at <= self.now:
            return EXPIRE
        if reminder.in_app_only:
            return SHOW_IN_APP
        if reminder.kind == ReminderKind.ACCOUNT or rules.may_be_pushed(self.now, quiet=person.quiet_hours):
            return None
        morning = next_allowed(self.now)  # the worker was down by day; nobody is woken at night for that
        return Ending(ReminderState.PLANNED, morning) if morning < reminder.expires_at else SHOW_IN_APP

    def _is_still_meant(self, reminder: Claimed) -> bool:
        """Asked again of the truth, whatever was planned: still this person's, and still at this time."""
        if reminder.kind == ReminderKind.AGREEMENT:
            # Who has left the series can read the agreement no more, and is not told that it is there.
            return reminder.person_id in feed.current_readers(ENTRY, reminder.entry_id or "")
        if reminder.kind == ReminderKind.ACCOUNT:
            waiting = people.waiting_reentry(reminder.person_id)
            return waiting is not None and waiting.opens_at == reminder.expires_at
        if reminder.kind in records.OF_LAST_DAY:
            coming = people.last_day_of(reminder.person_id)
            return coming is not None and rules.end_of(coming.day) == reminder.expires_at
        session = self.sessions.get(reminder.session_id or "")
        if session is None or not session.is_planned:
            return False
        return session.starts_at == reminder.expires_at and reminder.person_id in people_of(session)

    def _address(self, reminders: list[Claimed]) -> None:
        """Note to which subscriptions each reminder is still to be sent."""
        settled = records.settled_pairs([reminder.id for reminder in reminders])
        of_person: dict[str, list[Address]] = defaultdict(list)
        for address in records.addresses_of({reminder.person_id for reminder in reminders}):
            of_person[address.person_id].append(address)
        for reminder in reminders:
            for address in of_person[reminder.person_id]:
                if (reminder.id, address.id) not in settled:
                    self.pairs[new_id()] = (reminder, address)
                    self.left[reminder.id] += 1

    def _message(self, key: str) -> PushMessage:
        reminder, to = self.pairs[key]
        return PushMessage(
            key=key,
            subscription=Subscription(to.endpoint, to.p256dh, to.auth),
            payload=self._payload(reminder),
            ttl=int((reminder.expires_at - self.now).total_seconds()),
            topic=reminder.topic,
        )

    def _payload(self, reminder: Claimed) -> str:
        kind = ReminderKind(reminder.kind)
        is_agreement = kind is ReminderKind.AGREEMENT
        return reminder_payload(
            kind,
            about=reminder.expires_at - rules.A_MOMENT if is_agreement else reminder.expires_at,
            language=self.people[reminder.person_id].language,
            session_id=reminder.session_id,
            tag=reminder.topic,
            base_url=house().settings.base_url,
            now=self.now,
        )

    # --- while the answers come

    def _record(self, receipts: list[Receipt]) -> None:
        """Write down what came of some messages, and end the claims that wait for nothing more. Commits."""
        self._lock(self.pairs[receipt.key][0] for receipt in receipts)
        records.forget_addresses({self.pairs[r.key][1].id for r in receipts if r.verdict is Verdict.GONE})
        records.settle(
            [self._settled(r) for r in receipts if r.verdict in {Verdict.ACCEPTED, Verdict.REFUSED}]
        )
        endings: dict[str, Ending] = {}
        for receipt in receipts:
            reminder = self.pairs[receipt.key][0]
            if receipt.verdict is Verdict.LATER:
                self.waits[reminder.id] = max(self.waits.get(reminder.id, 0.0), receipt.wait)
            self.left[reminder.id] -= 1
            if not self.left[reminder.id]:
                endings[reminder.id] = self._ending_sent(reminder)
        self._write(endings)

    def _settled(self, receipt: Receipt) -> dict[str, object]:
        reminder, address = self.pairs[receipt.key]
        return {
            "service_id": reminder.service_id,
            "reminder_id": reminder.id,
            "subscription_id": address.id,
            "accepted": receipt.verdict is Verdict.ACCEPTED,
            "status": receipt.status,
            "at": self.now,
        }

    def _ending_sent(self, reminder: Claimed) -> Ending:
        if reminder.id not in self.waits:
            return SHOW_IN_APP
        again = rules.next_try(self.now, reminder.tries + 1, wait=self.waits[reminder.id])
        return Ending(ReminderState.PLANNED, min(again, reminder.expires_at), failed=True)

    # --- writing

    def _write(self, endings: dict[str, Ending]) -> None:
        """What is due is shown in the app, whatever became of the push. Commits."""
        self._lock(reminder for reminder in self.reminders if reminder.id in endings)
        ended: set[str] = set()
        for ending, ids in _alike(endings).items():
            ours = records.end_claims(self.claim, ids, **self._values(ending))
            if ending.failed or ending.state in records.SHOWN:
                ended |= ours
        self._show_in_app(reminder for reminder in self.reminders if reminder.id in ended)
        db.session.commit()

    def _show_in_app(self, reminders: Iterable[Claimed]) -> None:
        of_service: dict[str, dict[str, set[str]]] = defaultdict(dict)
        for reminder in reminders:
            of_service[reminder.service_id][reminder.id] = {reminder.person_id}
        for service_id in sorted(of_service):
            feed.publish_many(service_id, SUBJECT, of_service[service_id], at=self.now)

    def _values(self, ending: Ending) -> dict[str, object]:
        values: dict[str, object] = {"state": ending.state}
        if ending.try_at:
            values["try_at"] = ending.try_at
        if ending.failed:
            values["tries"] = records.ONE_MORE_TRY
        if ending.state is ReminderState.SENT:
            values["sent_at"] = self.now
        return values

    def _lock(self, reminders: Iterable[Claimed]) -> None:
        """Services first and in one order, as all who write do: two writers never wait for each other."""
        for service_id in sorted({reminder.service_id for reminder in reminders}):
            feed.begin_writing(service_id)


def _alike(endings: dict[str, Ending]) -> dict[Ending, list[str]]:
    """The reminders that end in the same way, so that they are written in one statement."""
    alike: dict[Ending, list[str]] = defaultdict(list)
    for reminder_id, ending in endings.items():
        alike[ending].append(reminder_id)
    return alike


def people_of(session: SessionFacts) -> frozenset[str]:
    """Those who are reminded of a session: its supervisor and participants."""
    return session.member_ids | ({session.supervisor_id} - {""})
