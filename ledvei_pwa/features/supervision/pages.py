"""The leaders' and supervisors' pages: series, one session's time, and the service's quiet weeks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.supervision import actions, records, rules, showing
from ledvei_pwa.features.supervision.forms import (
    EndForm,
    MoveForm,
    QuietWeeksForm,
    SeriesForm,
    filled_from,
    people_choices,
)
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import SeriesPlan
from ledvei_pwa.features.supervision.words import (
    FOCUS_WORDS,
    problem_in_words,
    rhythm_in_words,
    weekday_in_words,
)
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.cadence import WEEKDAYS, first_day, read_rule
from ledvei_pwa.kernel.norwegian_calendar import local, local_moment
from ledvei_pwa.platform.i18n import format_date
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import requires, signed_in, signed_in_actor

pages = Blueprint("supervision", __name__)

MANY_PEOPLE = 8  # from here on there is a field to search with
YEARS_TO_PLAN = 3  # this year and the two next


@dataclass(frozen=True)
class Choosable:
    """Who can be chosen in the form, by name."""

    participants: list[tuple[str, str]]
    supervisors: list[tuple[str, str]]


# --- the list -----------------------------------------------------------------------------------------------


@pages.get("/series")
@signed_in
def series_list() -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    wanted = showing.Wanted(**{part.name: request.args.get(part.name, "") for part in fields(showing.Wanted)})
    participants, supervisors = showing.people_in(actor, now=now)
    return render_template(
        "supervision/series_list.html",
        lines=showing.find_series(actor, wanted, now=now),
        wanted=wanted,
        participants=participants,
        supervisors=supervisors,
        teams=people.teams_in_service(actor.service_id) if actor.leads else [],
        may_start=rules.may_start_series(actor),
        may_set_quiet_weeks=rules.may_set_quiet_weeks(actor),
    )


@pages.get("/series/<uuid:series_id>")
@signed_in
def series_page(series_id: object) -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    series = _load_series(actor, str(series_id), now)
    ahead, past = showing.session_lines(actor, series, now=now)
    names = showing.names_of(series.member_ids | {series.supervisor_id})
    return render_template(
        "supervision/series_page.html",
        series=series,
        title=showing.title_of(series, names),
        names=names,
        rhythm=rhythm_in_words(read_rule(series.rule)),
        mix=[(FOCUS_WORDS[area], share) for area, share in series.mix.items() if share],
        ahead=ahead,
        past=past,
        may_change=actions.may_change(actor, series, now),
        needs_supervisor=showing.needs_supervisor(
            series, people.persons_by_ids([series.supervisor_id], now=now).get(series.supervisor_id)
        ),
    )


# --- starting and changing ----------------------------------------------------------------------------------


@pages.route("/series/new", methods=["GET", "POST"])
@requires(Role.SUPERVISOR, Role.TEAM_LEADER, Role.SERVICE_LEADER)
def start_page() -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    choosable = _choosable(actor, now)
    form = _with_people(SeriesForm(data=_suggested(actor, choosable, now)), choosable)
    plan, answer = _read_plan(form, actor, choosable, now)
    if plan is None:
        return answer
    outcome = actions.start_series(actor, plan, now=now)
    if outcome.value is None:
        form.show_problems(outcome.fields or {"member_ids": outcome.reason})
        return _show_form(form, choosable), 400
    flash(_("The supervision has started. The sessions are planned for half a year ahead."))
    return redirect(f"/series/{outcome.value}")


@pages.route("/series/<uuid:series_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_page(series_id: object) -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    series = _load_own_series(actor, str(series_id), now)
    choosable = _choosable(actor, now)
    form = _with_people(SeriesForm(data=filled_from(series, _next_date(series, now))), choosable)
    plan, answer = _read_plan(form, actor, choosable, now, series)
    if plan is None:
        return answer
    outcome = actions.change_series(actor, series.id, plan, now=now)
    if outcome.value is None:
        form.show_problems(outcome.fields or {"member_ids": outcome.reason})
        return _show_form(form, choosable, series), 400
    flash(_("The changes are saved. Those who take part see them the next time they have a network."))
    return redirect(f"/series/{series.id}")


def _read_plan(
    form: SeriesForm, actor: Actor, choosable: Choosable, now: datetime, series: Series | None = None
) -> tuple[SeriesPlan | None, ResponseReturnValue]:
    """The plan when it has been looked at and is to be saved; else the page to show instead."""
    step = request.form.get("step", "")
    if request.method == "GET" or step == "find":
        return None, _show_form(form, choosable, series)
    plan = form.plan()
    if plan is None:
        return None, (_show_form(form, choosable, series), 400)
    checked = actions.check_plan(actor, plan, now=now)
    if not checked.ok:
        form.show_problems(checked.fields or {"member_ids": checked.reason})
        return None, (_show_form(form, choosable, series), 400)
    if step == "save" and form.previewed.data == _fingerprint(plan):
        return plan, ""
    form.previewed.data = _fingerprint(plan)
    return None, _show_form(form, choosable, series, actions.preview(actor.service_id, plan, now=now))


def _show_form(
    form: SeriesForm, choosable: Choosable, series: Series | None = None, dates: list[Any] | None = None
) -> str:
    return render_template(
        "supervision/series_form.html",
        form=form,
        series=series,
        dates=[(showing.long_date(one), showing.why_skipped(one)) for one in dates or ()],
        has_search=len(choosable.participants) > MANY_PEOPLE,
    )


def _fingerprint(plan: SeriesPlan) -> str:
    """Tells whether what is saved is what was looked at."""
    parts = {**plan.__dict__, "member_ids": sorted(plan.member_ids), "mix": sorted(plan.mix.items())}
    return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()


def _choosable(actor: Actor, now: datetime) -> Choosable:
    everybody = people.people_in_service(actor.service_id, now=now)
    supervising = [person for person in everybody if not person.roles.isdisjoint(rules.SUPERVISES)]
    if not actor.leads:
        supervising = [person for person in supervising if person.id == actor.person_id]
    return Choosable(
        [(person.id, person.name) for person in everybody],
        [(person.id, person.name) for person in supervising],
    )


def _with_people(form: SeriesForm, choosable: Choosable) -> SeriesForm:
    chosen = form.member_ids.data or ()
    form.member_ids.choices = people_choices(choosable.participants, form.find.data or "", chosen)
    form.supervisor_id.choices = [
        SelectChoice("", _("Choose a supervisor")),
        *(SelectChoice(*one) for one in choosable.supervisors),
    ]
    form.weekdays.choices = [SelectChoice(day, weekday_in_words(day)) for day in WEEKDAYS]
    return form


def _suggested(actor: Actor, choosable: Choosable, now: datetime) -> dict[str, str]:
    """A new series begins next week, with the one who starts it as supervisor when they supervise."""
    own = actor.person_id if actor.person_id in dict(choosable.supervisors) else ""
    today = local(now).date()
    monday = today + timedelta(days=7 - today.weekday())
    return {"supervisor_id": own, "start_date": monday.isoformat()}


def _next_date(series: Series, now: datetime) -> date:
    """The day from which a change of rhythm counts, unless another one is chosen."""
    rule, today = read_rule(series.rule), local(now).date()
    if series.start_date >= today:
        return series.start_date
    coming = (day for day in rule.dates(series.start_date) if day >= today)
    return next(coming, first_day(rule, today))


# --- ending -------------------------------------------------------------------------------------------------


@pages.route("/series/<uuid:series_id>/end", methods=["GET", "POST"])
@signed_in
def end_page(series_id: object) -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    series = _load_own_series(actor, str(series_id), now)
    if request.method == "GET":
        names = showing.names_of(series.member_ids)
        ahead, _past = showing.session_lines(actor, series, now=now)
        title = showing.title_of(series, names)
        return render_template(
            "supervision/series_end.html", series=series, title=title, ahead=ahead, form=EndForm()
        )
    actions.end_series(actor, series.id, now=now)
    flash(_("The supervision has ended. What was written stays with those who wrote it."))
    return redirect(f"/series/{series.id}")


# --- moving one session -------------------------------------------------------------------------------------


@pages.route("/sessions/<uuid:session_id>/move", methods=["GET", "POST"])
@signed_in
def move_page(session_id: object) -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    session = _load_movable_session(actor, str(session_id), now)
    here = local(session.starts_at)
    form = MoveForm(data={"day": here.date().isoformat(), "clock": here.strftime("%H:%M")})
    if request.method == "GET":
        return _show_move(form, session)
    if not form.validate() or form.day.day is None or form.clock.clock is None:
        return _show_move(form, session), 400
    starts_at = local_moment(form.day.day, form.clock.clock)
    if actions.is_too_far_away(starts_at, now):
        form.day.errors = [problem_in_words("too_far_away")]
        return _show_move(form, session), 400
    cautions = _cautions(session, starts_at, now)
    if cautions and form.confirmed.data != starts_at.isoformat():
        form.confirmed.data = starts_at.isoformat()
        return _show_move(form, session, cautions)
    outcome = actions.move_session(actor, session.id, starts_at, now=now)
    if not outcome.ok:
        form.day.errors = [problem_in_words(outcome.reason)]
        return _show_move(form, session), 400
    flash(_("The session is moved. Reminders follow the new time."))
    return redirect(f"/series/{session.series_id}")


def _cautions(session: Session, starts_at: datetime, now: datetime) -> list[str]:
    warned = actions.cautions_of_move(session, starts_at, now=now)
    names = showing.names_of(one.person_id for one in warned if one.person_id)
    return [showing.caution_in_words(one, names) for one in warned]


def _show_move(form: MoveForm, session: Session, cautions: list[str] | None = None) -> str:
    names = showing.names_of(session.series.member_ids)
    return render_template(
        "supervision/session_move.html",
        form=form,
        session=session,
        title=showing.title_of(session.series, names),
        cautions=cautions or [],
    )


# --- quiet weeks --------------------------------------------------------------------------------------------


@pages.route("/service/quiet-weeks", methods=["GET", "POST"])
@requires(Role.SERVICE_LEADER, Role.ADMINISTRATOR)
def quiet_weeks_page() -> ResponseReturnValue:
    actor, now = signed_in_actor(), datetime.now(UTC)
    this_year = local(now).date().isocalendar().year
    year = request.args.get("year", this_year, type=int)
    if not this_year <= year < this_year + YEARS_TO_PLAN:
        abort(404)
    quiet = {week for of_year, week in records.quiet_weeks_of(actor.service_id) if of_year == year}
    form = QuietWeeksForm(data={"weeks": [str(week) for week in quiet]})
    form.weeks.choices = [
        SelectChoice(str(week), _week_in_words(year, week)) for week in _weeks_to_show(year, now)
    ]
    if request.method == "GET":
        return _show_quiet_weeks(form, year, this_year)
    shown = {choice.value for choice in form.weeks.choices}
    chosen = set(form.weeks.data or ())
    if not chosen <= shown:
        form.weeks.errors = [problem_in_words("unknown_week")]
        return _show_quiet_weeks(form, year, this_year), 400
    over = {week for week in quiet if str(week) not in shown}
    actions.set_quiet_weeks(actor, year, {int(week) for week in chosen} | over, now=now)
    flash(_("Saved. These weeks have no sessions, and what was written for them stays."))
    return redirect(f"/service/quiet-weeks?year={year}")


def _show_quiet_weeks(form: QuietWeeksForm, year: int, this_year: int) -> str:
    years = range(this_year, this_year + YEARS_TO_PLAN)
    return render_template("supervision/quiet_weeks.html", form=form, year=year, years=years)


def _weeks_to_show(year: int, now: datetime) -> range:
    """Weeks that are over can no longer be chosen."""
    this_year, this_week, _day = local(now).date().isocalendar()
    return range(this_week if year == this_year else 1, actions.weeks_in(year) + 1)


def _week_in_words(year: int, week: int) -> str:
    monday = date.fromisocalendar(year, week, 1)
    friday = monday + timedelta(days=4)
    return _(
        "Week %(week)s (%(from_day)s–%(to_day)s)",
        week=week,
        from_day=format_date(monday, "d. MMM"),
        to_day=format_date(friday, "d. MMM"),
    )


# --- loading ------------------------------------------------------------------------------------------------


def _load_series(actor: Actor, series_id: str, now: datetime) -> Series:
    """The series, for those who may know of it; to others it does not exist."""
    series = records.series_in(actor.service_id, series_id)
    if series is None or not actions.may_see(actor, series, now):
        abort(404)
    return series


def _load_own_series(actor: Actor, series_id: str, now: datetime) -> Series:
    series = _load_series(actor, series_id, now)
    if not actions.may_change(actor, series, now):
        abort(403)
    return series


def _load_movable_session(actor: Actor, session_id: str, now: datetime) -> Session:
    session = records.session_in(actor.service_id, session_id)
    if session is None or not actions.may_see(actor, session.series, now):
        abort(404)
    if not actions.may_move(actor, session, now):
        abort(403)
    return session
