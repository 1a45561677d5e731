"""`/privacy`, open to everybody: one must be able to read it before one has an account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.accounts import KEEP_ENDED_SIGN_INS
from ledvei_pwa.features.people.actions import ServiceCard
from ledvei_pwa.features.privacy.rules import rows_by_readers
from ledvei_pwa.features.privacy.text import text_in
from ledvei_pwa.features.privacy.words import READERS, SORTS, row_words, time_words
from ledvei_pwa.features.reminders.actions import KEPT_AFTER_USE
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.actions import SHORTEST_NOTICE, TOLD_AHEAD, USUAL
from ledvei_pwa.platform.i18n import current_language
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import ABSOLUTE_LIFE, IDLE_LIFE, current_actor, public

pages = Blueprint("privacy", __name__)


@pages.get("/privacy")
@public
def privacy_page() -> ResponseReturnValue:
    service = known_service()
    return render_template(
        "privacy/page.html",
        text=text_in(current_language()),
        readers=readers_shown(),
        kept=kept_shown(service),
        service=service,
        values=values_for(service),
    )


def known_service() -> ServiceCard | None:
    """One's own; to somebody unknown, the only one there is."""
    actor = current_actor()
    if actor:
        return people.service_of(actor.service_id)
    services = people.every_service()
    return services[0] if len(services) == 1 else None


def values_for(service: ServiceCard | None) -> dict[str, Any]:
    """What is the code's to say, and not the text's."""
    return {
        "service": service.name if service else _("your child welfare service"),
        "idle_hours": IDLE_LIFE.seconds // 3600,
        "sign_in_days": ABSOLUTE_LIFE.days,
        "ended_days": KEEP_ENDED_SIGN_INS.days,
        "reminder_days": KEPT_AFTER_USE.days,
        "told_days": TOLD_AHEAD.days,
        "notice_days": SHORTEST_NOTICE.days,
    }


def readers_shown() -> list[tuple[str, list[str]]]:
    """Those who may read, and what: as the access matrix has it."""
    return [
        (str(READERS[who]), [str(row_words(name)) for name in names])
        for who, names in rows_by_readers().items()
    ]


def kept_shown(service: ServiceCard | None) -> list[tuple[str, str]]:
    """Each sort of text and how long it is kept: in that service, or usually."""
    periods = retention.periods_of(service.id) if service else USUAL
    return [(str(words), time_words(periods[sort])) for sort, words in SORTS.items()]
