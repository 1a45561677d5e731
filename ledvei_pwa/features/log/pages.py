"""`/log`: the log of administration, for those who run the service, and as a file for a fresh proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.log import actions, rules, spreadsheet, words
from ledvei_pwa.features.log.actions import Wanted
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import in_oslo
from ledvei_pwa.platform.sessions import fresh, requires, signed_in_actor

pages = Blueprint("log", __name__)
LARGEST_NUMBER = 2**31 - 1


@pages.get("/log")
@requires(*rules.RUNS_THE_SERVICE)
def log_page() -> ResponseReturnValue:
    actor, wanted, before = signed_in_actor(), _wanted(request.args), _number(request.args.get("before"))
    found = actions.find_lines(actor, wanted, before=before)
    if not found.ok or found.value is None:
        abort(404)
    return render_template(
        "log/administration.html",
        found=found.value,
        wanted=wanted,
        is_first=before is None,
        older=_address(wanted, found.value.older) if found.value.older else "",
        everybody=people.people_in_service(actor.service_id, include_disabled=True),
        deeds=sorted(_deeds_shown().items(), key=lambda pair: pair[1]),
    )


@pages.post("/log/export")
@fresh
@requires(*rules.RUNS_THE_SERVICE)
def export() -> ResponseReturnValue:
    now = datetime.now(UTC)
    taken = actions.take_out(signed_in_actor(), _wanted(request.form), now=now)
    if not taken.ok or taken.value is None:
        abort(404)
    rows = stream_with_context(spreadsheet.rows_of(taken.value))
    response = Response(rows, mimetype="text/csv")
    name = _("log-of-administration")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{in_oslo(now):%Y-%m-%d}.csv"'
    return response


def _deeds_shown() -> dict[str, str]:
    return {deed: words.in_words(deed) for deed in words.DEEDS if deed not in rules.OWN_BUSINESS}


def _wanted(sent: Mapping[str, str]) -> Wanted:
    """What cannot be read narrows nothing."""
    return Wanted(
        words=_plain(sent.get("words", "")),
        person=_plain(sent.get("person", "")),
        deed=_plain(sent.get("deed", "")),
        from_day=_day(sent.get("from_day")),
        to_day=_day(sent.get("to_day")),
    )


def _plain(text: str) -> str:
    """Without what no keyboard types: it could not be shown again on a page."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:200]


def _day(text: str | None) -> date | None:
    """Only days that have a neighbour: the last of all has none."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), LARGEST_NUMBER) if text and is_number else None


def _address(wanted: Wanted, before: int) -> str:
    asked = {
        "words": wanted.words,
        "person": wanted.person,
        "deed": wanted.deed,
        "from_day": wanted.from_day.isoformat() if wanted.from_day else "",
        "to_day": wanted.to_day.isoformat() if wanted.to_day else "",
        "before": str(before),
    }
    return f"/log?{urlencode({name: value for name, value in asked.items() if value})}"
