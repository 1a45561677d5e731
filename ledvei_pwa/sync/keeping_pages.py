"""`/my-keeping`: which of one's own texts go soon. `/service/keeping`: how long the service keeps them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.retention import actions, rules
from ledvei_pwa.features.retention.actions import Periods
from ledvei_pwa.features.retention.forms import SORT_NAMES, KeepingForm, keeping_form, say_months
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.i18n import format_date
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import fresh, requires, signed_in, signed_in_actor
from ledvei_pwa.platform.written import is_id
from ledvei_pwa.sync.expiry import keep_longer
from ledvei_pwa.sync.own_texts import own_text
from ledvei_pwa.sync.records import told_of_author

BEGINNING = 160  # characters of a text: enough to know it again

pages = Blueprint("keeping", __name__)


# --- one's own ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Going:
    """One of one's own texts that goes soon."""

    id: str
    title: str
    written_at: datetime
    beginning: str
    goes_on: date
    times_left: int


@pages.get("/my-keeping")
@fresh
@signed_in
def my_keeping() -> ResponseReturnValue:
    actor = signed_in_actor()
    periods = actions.periods_of(actor.service_id)
    return render_template(
        "keeping/mine.html",
        going=_going(actor.person_id),
        periods=[(SORT_NAMES[sort], say_months(months)) for sort, months in periods.items()],
        most=rules.MOST_EXTRA_YEARS,
    )


@pages.post("/my-keeping")
@fresh
@signed_in
def keep_one_longer() -> ResponseReturnValue:
    """`entry` says which. Without one there is nothing to do."""
    entry = request.form.get("entry", "")
    if entry and not is_id(entry):
        abort(400)
    if entry:
        outcome = keep_longer(signed_in_actor().person_id, entry, datetime.now(UTC))
        if outcome.reason == "unknown":
            abort(404)
        flash(_said(outcome.value))
    return redirect("/my-keeping")


def _said(until: date | None) -> str:
    if until is None:
        return _("It does not go just now, or it has been kept as often as can be.")
    return _("It is kept until %(day)s.", day=format_date(until))


def _going(person_id: str) -> list[Going]:
    found = []
    for entry, row in told_of_author(person_id):
        text = own_text(entry)
        answers = " · ".join(answer.text for answer in text.answers or [])
        short = answers if len(answers) <= BEGINNING else f"{answers[:BEGINNING].rstrip()} …"
        left = rules.MOST_EXTRA_YEARS - row.extra_years
        if row.goes_on:
            found.append(Going(entry.id, text.title, text.written_at, short, row.goes_on, left))
    return found


# --- the service's ------------------------------------------------------------------------------------------


@pages.get("/service/keeping")
@fresh
@requires(Role.SERVICE_LEADER)
def keeping_page() -> ResponseReturnValue:
    known = actions.periods_of(signed_in_actor().service_id)
    return _show(keeping_form(known, is_sent=False))


@pages.post("/service/keeping")
@fresh
@requires(Role.SERVICE_LEADER)
def choose_keeping() -> ResponseReturnValue:
    """The first time it is shown what it would mean; the second time, with the same choice, it is done."""
    actor, now = signed_in_actor(), datetime.now(UTC)
    form = keeping_form(actions.periods_of(actor.service_id), is_sent=True)
    if not form.validate():
        return _show(form), 400
    mark = _mark_of(form.wanted)
    if request.form.get("previewed") != mark:
        return _show(form, _foresee(actor.service_id, form.wanted, now), mark)
    if not actions.choose_periods(actor, form.wanted, now=now).ok:
        abort(400)
    flash(_("Saved. Each author is told of what goes, at least thirty days before."))
    return redirect("/service/keeping")


@dataclass(frozen=True)
class Consequence:
    """What a choice would mean: `sorts` are kept shorter, and none of them goes before `soonest`.

    It is the same whatever people have written. A number of texts, or the day of the first of them, would
    tell of one person, for who tries one time after the other.
    """

    sorts: tuple[str, ...]
    soonest: date


def _foresee(service_id: str, wanted: Periods, now: datetime) -> Consequence:
    shorter = rules.shortened(actions.periods_of(service_id), wanted)
    names = tuple(f"{SORT_NAMES[sort]}: {say_months(wanted[sort])}" for sort in shorter)
    return Consequence(names, rules.soonest_after_choice(local(now).date()))


def _mark_of(wanted: Periods) -> str:
    return sha256(json.dumps(sorted(wanted.items())).encode()).hexdigest()


def _show(form: KeepingForm, foreseen: Consequence | None = None, mark: str = "") -> str:
    return render_template("keeping/service.html", form=form, foreseen=foreseen, mark=mark)
