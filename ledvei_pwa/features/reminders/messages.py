"""What a push says: in the person's language, with no name of anybody and nothing about a case.

One JSON for all: declarative web push (webkit.org/blog/16535) on Apple's systems, and read by our own worker
elsewhere (static/js/worker/push.js). A lock screen shows it to whoever holds the phone.
"""

from __future__ import annotations

import json
from datetime import datetime

from ledvei_pwa.features.reminders.rules import ReminderKind
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.i18n import current_language, format_date, format_time, speaking
from ledvei_pwa.platform.i18n import gettext as _


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
        title, body = _texts(kind, about, now)
        return _payload(title, body, base_url + _place(kind, session_id), tag)


def test_payload(*, language: str, base_url: str) -> str:
    """The JSON of a reminder that only shows what reminders look like."""
    with speaking(language):
        title, body = _("This is how a reminder looks"), _("Reminders reach this device.")
        return _payload(title, body, f"{base_url}/{current_language()}/me", "test")


def name_day(about: datetime, now: datetime) -> str:
    """ "Thursday" in the coming week, "Thursday 3 December" later."""
    days = (local(about).date() - local(now).date()).days
    return format_date(about, "EEEE" if 0 <= days < 7 else "EEEE d. MMMM")


def _texts(kind: ReminderKind, about: datetime, now: datetime) -> tuple[str, str]:
    today = local(about).date() == local(now).date()
    when = {"day": name_day(about, now), "time": format_time(about)}
    if kind is ReminderKind.AGREEMENT:
        title = (
            _("An agreement is due today") if today else _("An agreement is due on %(day)s", day=when["day"])
        )
        return title, _("See what you agreed on.")
    title = _("Supervision today at %(time)s", time=when["time"]) if today else ""
    title = title or _("Supervision on %(day)s at %(time)s", **when)
    if kind is ReminderKind.PREPARE:
        return title, _("Would you like to prepare?")
    return title, _("The agenda is ready for you.")


def _place(kind: ReminderKind, session_id: str | None) -> str:
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
