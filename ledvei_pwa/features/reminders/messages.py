"""What a push says: in the person's language, with no name of anybody and nothing about a case.

One JSON for all: declarative web push (webkit.org/blog/16535) on Apple's systems, and read by our own worker
elsewhere (static/js/worker/push.js). A lock screen shows it to whoever holds the phone.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from ledvei_pwa.features.reminders.rules import ReminderKind
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.i18n import current_language, format_date, format_time, speaking
from ledvei_pwa.platform.i18n import gettext as _

# A lock screen says to nobody that somebody is to leave.
OF_THE_ACCOUNT: Final = (ReminderKind.LAST_DAY, ReminderKind.LAST_WEEK)


def reminder_payload(
    kind: ReminderKind,
    *,
    about: datetime,
    language: str,
    session_id: str | None,
    tag: str,
    base_url: str,
    now: datetime,
) -> str:
    """The JSON of one reminder. `about`: the session's start, or a moment of the day an agreement is due."""
    with speaking(language):
        title, body = _texts(current_language(), kind, about, local(now).date())
        return _payload(title, body, base_url + _place(kind, session_id), tag)


def test_payload(*, language: str, base_url: str) -> str:
    """The JSON of a reminder that only shows what reminders look like."""
    with speaking(language):
        title, body = _("This is how a reminder looks"), _("Reminders reach this device.")
        return _payload(title, body, f"{base_url}/{current_language()}/me", "test")


@lru_cache(maxsize=256)
def _texts(_language: str, kind: ReminderKind, about: datetime, today: date) -> tuple[str, str]:
    """Title and body, in the language spoken. Remembered: a group's members get the same words."""
    if kind is ReminderKind.ACCOUNT:
        return _("A link to your account is in use"), _("Is it not you? Stop it here.")
    if kind in OF_THE_ACCOUNT:
        return _("There is news about your account"), _("See what it is in Ledvei.")
    if kind is ReminderKind.AGREEMENT:
        return _agreement_title(about, today), _("See what you agreed on.")
    title = _session_title(about, today)
    return title, _("Would you like to prepare?") if kind is ReminderKind.PREPARE else _(
        "The agenda is ready for you."
    )


def _session_title(starts_at: datetime, today: date) -> str:
    if local(starts_at).date() == today:
        return _("Supervision today at %(time)s", time=format_time(starts_at))
    return _(
        "Supervision on %(day)s at %(time)s", day=name_day(starts_at, today), time=format_time(starts_at)
    )


def _agreement_title(about: datetime, today: date) -> str:
    if local(about).date() == today:
        return _("An agreement is due today")
    return _("An agreement is due on %(day)s", day=name_day(about, today))


def name_day(about: datetime, today: date) -> str:
    """ "Thursday" in the coming week, "Thursday 3 December" later."""
    days = (local(about).date() - today).days
    return format_date(about, "EEEE" if 0 <= days < 7 else "EEEE d. MMMM")


def _place(kind: ReminderKind, session_id: str | None) -> str:
    if kind is ReminderKind.ACCOUNT:
        return "/devices"
    if kind in OF_THE_ACCOUNT:
        return "/my-last-day"
    start = f"/{current_language()}"
    if kind is ReminderKind.AGREEMENT or session_id is None:
        return f"{start}/today"
    return f"{start}/supervision/{session_id}" + ("/prepare" if kind is ReminderKind.PREPARE else "")


def _payload(title: str, body: str, navigate: str, tag: str) -> str:
    notification = {
        "title": title,
        "body": body,
        "navigate": navigate,
        "lang": current_language(),
        "dir": "ltr",
        "tag": tag,
    }
    return json.dumps(
        {"web_push": 8030, "notification": notification}, ensure_ascii=False, separators=(",", ":")
    )
