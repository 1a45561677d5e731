"""Reminders, the addresses they are pushed to, and what has reached which: tables and queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    column,
    delete,
    insert,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.features.reminders.rules import ReminderKind, ReminderState
from ledvei_pwa.platform.database import Base, HasId, Id, UtcDateTime, db, new_id

CLAIM_LASTS = timedelta(minutes=5)  # longer than any worker sends; after it the worker is taken to be dead
DEVICE = table("device", column("id"), column("revoked_at"))
WAITING = (ReminderState.PLANNED, ReminderState.CLAIMED)
SHOWN = (ReminderState.SENT, ReminderState.EXPIRED)
OF_LAST_DAY = (ReminderKind.LAST_DAY, ReminderKind.LAST_WEEK)


class Reminder(HasId, Base):
    """One reminder to one person of a session, an agreement or their account. Its text is made when sent."""

    __tablename__ = "reminder"
    __table_args__ = (
        Index("ix_reminder_state_try_at", "state", "try_at"),
        Index("ix_reminder_person_id_state", "person_id", "state"),
    )

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    topic: Mapped[str] = mapped_column(String(32))  # the same for all about one session to one person
    in_app_only: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16), default=ReminderState.PLANNED)
    try_at: Mapped[datetime] = mapped_column(UtcDateTime)  # due_at, later after a push service was busy
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(Id)  # the sending worker's own mark
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PushSubscription(HasId, Base):
    """A browser's one address at its push service. It belongs to the person who uses the browser now."""

    __tablename__ = "push_subscription"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(Text, unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReminderDelivery(HasId, Base):
    """A reminder has been settled for a subscription: accepted by its push service, or never to be."""

    __tablename__ = "reminder_delivery"
    __table_args__ = (UniqueConstraint("reminder_id", "subscription_id"),)

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    reminder_id: Mapped[str] = mapped_column(ForeignKey("reminder.id", ondelete="CASCADE"))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("push_subscription.id", ondelete="CASCADE"), index=True
    )
    accepted: Mapped[bool]
    status: Mapped[int | None]  # of the push service's answer
    at: Mapped[datetime] = mapped_column(UtcDateTime)


ONE_MORE_TRY = Reminder.tries + 1


@dataclass(frozen=True)
class Claimed:
    """A reminder as it was when this worker took it."""

    id: str
    service_id: str
    person_id: str
    kind: str
    session_id: str | None
    entry_id: str | None
    expires_at: datetime
    topic: str
    in_app_only: bool
    tries: int


@dataclass(frozen=True)
class Address:
    """Where to push to. `id` is the subscription's."""

    id: str
    person_id: str
    endpoint: str
    p256dh: str
    auth: str


# --- planning ---------------------------------------------------------------------------------------------


def reminders_of_session(session_id: str) -> list[Reminder]:
    query = select(Reminder).where(Reminder.session_id == session_id, Reminder.kind != ReminderKind.AGREEMENT)
    return list(db.session.scalars(query.order_by(Reminder.id)))


def reminders_of_entry(entry_id: str) -> list[Reminder]:
    return list(
        db.session.scalars(select(Reminder).where(Reminder.entry_id == entry_id).order_by(Reminder.id))
    )


def reminders_of_account(person_id: str) -> list[Reminder]:
    """Of links that wait, or waited, to open it."""
    query = select(Reminder).where(Reminder.person_id == person_id, Reminder.kind == ReminderKind.ACCOUNT)
    return list(db.session.scalars(query.order_by(Reminder.id)))


def reminders_of_last_day(person_id: str) -> list[Reminder]:
    """Of the last day that is set for their account, or was."""
    query = select(Reminder).where(Reminder.person_id == person_id, Reminder.kind.in_(OF_LAST_DAY))
    return list(db.session.scalars(query.order_by(Reminder.id)))


def reminders_of(person_id: str) -> list[Reminder]:
    """All there are, whatever came of them, the soonest first."""
    query = select(Reminder).where(Reminder.person_id == person_id)
    return list(db.session.scalars(query.order_by(Reminder.due_at, Reminder.id)))


def subscriptions_of(person_id: str) -> list[PushSubscription]:
    query = select(PushSubscription).where(PushSubscription.person_id == person_id)
    return list(db.session.scalars(query.order_by(PushSubscription.created_at, PushSubscription.id)))


def waiting_reminders_of(person_id: str) -> list[Reminder]:
    """Those of sessions and agreements still to come, soonest first."""
    query = select(Reminder).where(Reminder.person_id == person_id, Reminder.state.in_(WAITING))
    query = query.where(Reminder.kind.not_in((ReminderKind.ACCOUNT, *OF_LAST_DAY)))
    return list(db.session.scalars(query.order_by(Reminder.due_at, Reminder.id)))


def reminders_by_id(person_id: str, ids: Collection[str]) -> list[Reminder]:
    query = select(Reminder).where(Reminder.person_id == person_id, Reminder.id.in_(ids))
    return list(db.session.scalars(query))


# --- claiming: whoever's update changes the row sends it --------------------------------------------------


def claim_due(claim: str, now: datetime, *, limit: int) -> list[Claimed]:
    """Take up to `limit` due reminders, and those of workers that died, for this worker alone. Commits.

    The condition stands in the UPDATE itself, so of two workers that see the same row only one changes it. On
    PostgreSQL rows that somebody else is changing are passed over; SQLite has one writer and no such lock.
    """
    takeable = or_(
        and_(Reminder.state == ReminderState.PLANNED, Reminder.try_at <= now),
        and_(Reminder.state == ReminderState.CLAIMED, Reminder.claimed_at <= now - CLAIM_LASTS),
    )
    some = select(Reminder.id).where(takeable).order_by(Reminder.try_at, Reminder.id).limit(limit)
    take = update(Reminder).where(Reminder.id.in_(some.with_for_update(skip_locked=True)), takeable)
    take = take.values(state=ReminderState.CLAIMED, claim=claim, claimed_at=now)
    db.session.execute(take.execution_options(synchronize_session=False))
    db.session.commit()
    mine = select(*(getattr(Reminder, name) for name in Claimed.__dataclass_fields__)).where(
        Reminder.claim == claim
    )
    return [Claimed(*row) for row in db.session.execute(mine.order_by(Reminder.try_at, Reminder.id))]


def end_claims(claim: str, reminder_ids: Collection[str], **values: object) -> set[str]:
    """Change those reminders that this worker still holds: not cancelled or taken over. Answers which."""
    mine = and_(
        Reminder.id.in_(reminder_ids), Reminder.claim == claim, Reminder.state == ReminderState.CLAIMED
    )
    change = update(Reminder).where(mine).values(claim=None, **values).returning(Reminder.id)
    return set(db.session.scalars(change.execution_options(synchronize_session=False)))


# --- subscriptions and deliveries -------------------------------------------------------------------------


def subscription_at(endpoint: str) -> PushSubscription | None:
    return db.session.scalar(select(PushSubscription).where(PushSubscription.endpoint == endpoint))


def addresses_of(person_ids: Collection[str]) -> list[Address]:
    """Where these persons can be reached, oldest first. A revoked device is nobody's."""
    wanted = select(*(getattr(PushSubscription, name) for name in Address.__dataclass_fields__))
    is_trusted = select(DEVICE.c.id).where(
        DEVICE.c.id == PushSubscription.device_id, DEVICE.c.revoked_at.is_(None)
    )
    rows = wanted.where(PushSubscription.person_id.in_(person_ids), is_trusted.exists())
    return [Address(*row) for row in db.session.execute(rows.order_by(PushSubscription.id))]


def remove_subscriptions(*, person_id: str, device_id: str | None = None, endpoint: str | None = None) -> int:
    """Forget a person's subscriptions: all, those of one device, or one. Answers how many."""
    wanted = [PushSubscription.person_id == person_id]
    if device_id is not None:
        wanted.append(PushSubscription.device_id == device_id)
    if endpoint is not None:
        wanted.append(PushSubscription.endpoint == endpoint)
    return int(cast("Any", db.session.execute(delete(PushSubscription).where(*wanted))).rowcount)


def forget_device(device_id: str) -> None:
    """Where a device could be reached."""
    db.session.execute(delete(PushSubscription).where(PushSubscription.device_id == device_id))


def keep_newest_subscriptions(person_id: str, most: int) -> None:
    """A browser that was thrown away never says goodbye: the newest few are enough."""
    newest = select(PushSubscription.id).where(PushSubscription.person_id == person_id)
    surplus = db.session.scalars(newest.order_by(PushSubscription.id.desc()).offset(most)).all()
    forget_addresses(surplus)


def forget_addresses(subscription_ids: Collection[str]) -> None:
    """These lead nowhere any more."""
    if subscription_ids:
        db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(subscription_ids)))


def settle(rows: list[dict[str, object]]) -> None:
    """Write down `ReminderDelivery` rows, except those of a subscription that was removed meanwhile."""
    ids = {row["subscription_id"] for row in rows}
    known = set(db.session.scalars(select(PushSubscription.id).where(PushSubscription.id.in_(ids))))
    rows = [{"id": new_id(), **row} for row in rows if row["subscription_id"] in known]
    if rows:
        db.session.execute(insert(ReminderDelivery), rows)


def settled_pairs(reminder_ids: Collection[str]) -> set[tuple[str, str]]:
    """(reminder, subscription) that need no more sending."""
    query = select(ReminderDelivery.reminder_id, ReminderDelivery.subscription_id)
    rows = db.session.execute(query.where(ReminderDelivery.reminder_id.in_(reminder_ids)))
    return {(reminder, subscription) for reminder, subscription in rows}


# --- tidying ----------------------------------------------------------------------------------------------


def reminders_past(before: datetime, *, limit: int) -> list[Reminder]:
    """Reminders whose use ended before this moment."""
    query = select(Reminder).where(Reminder.expires_at < before, Reminder.state.not_in(WAITING))
    return list(db.session.scalars(query.order_by(Reminder.expires_at).limit(limit)))
