"""`/my-last-day` for oneself; `/people/last-days` and each person's last day for those who lead."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.leaving import actions
from ledvei_pwa.features.leaving.forms import LastDayForm
from ledvei_pwa.features.leaving.rules import LEADS_PEOPLE
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.actions import Sort
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import fresh, requires, signed_in, signed_in_actor

pages = Blueprint("leaving", __name__)

REASONS: dict[str, LazyText] = {
    "no_last_day": lazy_gettext("Choose today or a later day, within two years."),
    "last_service_leader": lazy_gettext(
        "The service needs a service leader who can sign in. Give somebody else the role first."
    ),
}


@pages.get("/my-last-day")
@signed_in
def my_last_day() -> ResponseReturnValue:
    return render_template("leaving/mine.html", own=actions.own_last_day(signed_in_actor()))


@pages.get("/people/last-days")
@requires(*LEADS_PEOPLE)
def coming_page() -> ResponseReturnValue:
    coming = actions.coming_last_days(signed_in_actor(), now=datetime.now(UTC))
    return render_template("leaving/coming.html", coming=coming)


@pages.get("/people/<string:person_id>/last-day")
@fresh
@requires(*LEADS_PEOPLE)
def last_day_page(person_id: str) -> ResponseReturnValue:
    person = _load(person_id)
    return _show(person, LastDayForm(formdata=None, day=person.last_day))


@pages.post("/people/<string:person_id>/last-day")
@fresh
@requires(*LEADS_PEOPLE)
def set_last_day(person_id: str) -> ResponseReturnValue:
    person, form = _load(person_id), LastDayForm()
    if not form.validate():
        return _show(person, form), 400
    outcome = people.set_last_day(signed_in_actor(), person_id, form.day.data, now=datetime.now(UTC))
    if outcome.reason in REASONS:
        form.day.errors = [*form.day.errors, REASONS[outcome.reason]]
        return _show(person, form), 400
    if not outcome.ok:
        abort(404)
    flash(_("The last day is set. %(name)s is told in the app.", name=person.name))
    return redirect(f"/people/{person_id}")


@pages.post("/people/<string:person_id>/last-day/undo")
@fresh
@requires(*LEADS_PEOPLE)
def undo_last_day(person_id: str) -> ResponseReturnValue:
    person = _load(person_id)
    people.undo_last_day(signed_in_actor(), person_id, now=datetime.now(UTC))
    flash(_("The last day is taken back. The account of %(name)s stays open.", name=person.name))
    return redirect(f"/people/{person_id}")


def _load(person_id: str) -> PersonCard:
    """The person, or 404 for all whose account this leader may not close, and for those who are closed."""
    person = people.person_to_close(signed_in_actor(), person_id, now=datetime.now(UTC))
    if person is None:
        abort(404)
    return person


def _show(person: PersonCard, form: LastDayForm) -> str:
    months = retention.periods_of(person.service_id)[Sort.LEFT]
    return render_template("leaving/last_day.html", person=person, form=form, months=months)
