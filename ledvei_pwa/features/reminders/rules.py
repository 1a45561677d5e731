"""When a person is reminded: pure, in whole moments. The hours that are quiet are the kernel's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ledvei_pwa.kernel.norwegian_calendar import is_working_day, local, local_moment
from ledvei_pwa.kernel.quiet_hours import DAY_ENDS, is_quiet, next_allowed, working_days_before

PREPARE_WORKING_DAYS_AHEAD = 2
PREPARE_AT = time(8, 0)
SESSION_AT = time(7, 30)
SESSION_AT_LEAST = timedelta(hours=1)  # before it begins; earlier than 07:30 only without quiet hours
AGREEMENT_AT = time(8, 0)
LAST_WEEK_AT = time(8, 0)
A_WEEK = timedelta(days=7)
TIME_TO_ACT = timedelta(minutes=10)  # a reminder closer to the session than this is of no use
LAST_OF_THE_DAY = time(16, 0)  # where a reminder goes that would otherwise come too late
A_MOMENT = timedelta(minutes=1)  # an agreement expires at midnight: this much earlier is still its day
LONGEST_BACK_OFF = timedelta(minutes=30)


class ReminderKind(StrEnum):
    PREPARE = "prepare"
    SESSION = "session"
    AGREEMENT = "agreement"
    ACCOUNT = "account"  # a link waits to open the person's account: at once, at any hour
    LAST_DAY = "last_day"  # a last day has been set, after which the person's account closes
    LAST_WEEK = "last_week"  # it is near


class ReminderState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"  # a worker is sending it
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # its time passed before it could be sent; shown in the app


@dataclass(frozen=True)
class Plan:
    """One reminder to be. `in_app_only`: no allowed hour is left in which a push would be of use."""

    kind: ReminderKind
    due_at: datetime
    expires_at: datetime
    in_app_only: bool = False


def plan_prepare(starts_at: datetime, *, quiet: bool, now: datetime) -> Plan | None:
    """Two working days before the session at 08:00, at once when that has passed, None when too late."""
    ahead = local(working_days_before(starts_at, PREPARE_WORKING_DAYS_AHEAD)).date()
    wished = local_moment(ahead, PREPARE_AT)
    return _plan(ReminderKind.PREPARE, wished, expires_at=starts_at, quiet=quiet, now=now)


def plan_session(starts_at: datetime, *, quiet: bool, now: datetime) -> Plan | None:
    """The same morning at 07:30; before an early session an hour ahead, where quiet hours allow it."""
    morning = local_moment(local(starts_at).date(), SESSION_AT)
    wished = morning if quiet else min(morning, starts_at.astimezone(UTC) - SESSION_AT_LEAST)
    return _plan(ReminderKind.SESSION, wished, expires_at=starts_at, quiet=quiet, now=now)


def plan_agreement(due: date, *, quiet: bool, now: datetime) -> Plan | None:
    """The morning of the day an agreement is due; it is of use until that day ends."""
    wished = local_moment(due, AGREEMENT_AT)
    return _plan(ReminderKind.AGREEMENT, wished, expires_at=end_of(due), quiet=quiet, now=now)


def end_of(day: date) -> datetime:
    """The midnight in Norway with which it ends, in UTC."""
    return local_moment(day + timedelta(days=1), time(0)).astimezone(UTC)


def plans_for_last_day(day: date, *, quiet: bool, now: datetime) -> list[Plan]:
    """As soon as it is set, and once more a week before, if that is another day. Of use until it is over."""
    ends = end_of(day)
    at_once = _plan(ReminderKind.LAST_DAY, now, expires_at=ends, quiet=quiet, now=now)
    wished = local_moment(day - A_WEEK, LAST_WEEK_AT)
    again = _plan(ReminderKind.LAST_WEEK, wished, expires_at=ends, quiet=quiet, now=now)
    if at_once and again and local(again.due_at).date() <= local(at_once.due_at).date():
        again = None
    return [plan for plan in (at_once, again) if plan]


def plans_for_session(
    starts_at: datetime,
    *,
    quiet: bool,
    now: datetime,
    prepare_was_sent: bool = False,
    reminded_at: datetime | None = None,
) -> list[Plan]:
    """The reminders one person gets for one session: at most one of each kind, never two at the same moment.

    `prepare_was_sent`: for this session at whatever time. `reminded_at`: last, of it at this very time.
    """
    prepare = plan_prepare(starts_at, quiet=quiet, now=now)
    session = plan_session(starts_at, quiet=quiet, now=now)
    if prepare and prepare_was_sent and prepare.due_at <= now:
        prepare = None
    if prepare and session and session.due_at <= prepare.due_at:
        session = None  # planned at short notice: "would you like to prepare" says it all
    if session and reminded_at and local(reminded_at).date() == local(starts_at).date():
        session = None
    return [plan for plan in (prepare, session) if plan]


def _plan(
    kind: ReminderKind, wished: datetime, *, expires_at: datetime, quiet: bool, now: datetime
) -> Plan | None:
    """The first allowed moment that is still of use, else an earlier one, else only in the app."""
    expires_at = expires_at.astimezone(UTC)
    if now >= expires_at:
        return None
    latest = expires_at - TIME_TO_ACT
    wished = min(wished, latest)
    soonest = max(wished, now).astimezone(UTC)
    moved = next_allowed(soonest, quiet=quiet)
    if moved <= latest:
        return Plan(kind, moved, expires_at)
    earlier = last_allowed_before(wished)
    if earlier >= now:
        return Plan(kind, earlier, expires_at)
    return Plan(kind, soonest, expires_at, in_app_only=True)


def last_allowed_before(moment: datetime) -> datetime:
    """The moment itself when it is not quiet, else 16:00 on the last working day over by then. In UTC."""
    if not is_quiet(moment):
        return moment.astimezone(UTC)
    here = local(moment)
    day = here.date()
    if not (is_working_day(day) and here.time() >= DAY_ENDS):
        day -= timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return local_moment(day, LAST_OF_THE_DAY)


def may_be_pushed(moment: datetime, *, quiet: bool) -> bool:
    """Asked again when it is sent: a worker that was down must not wake anybody at night."""
    return not (quiet and is_quiet(moment))


def next_try(now: datetime, tries: int, *, wait: float = 0.0) -> datetime:
    """When to try again after so many tries: twice as long each time, never before the push service says."""
    back_off = min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_BACK_OFF)
    return now + max(back_off, timedelta(seconds=wait))
