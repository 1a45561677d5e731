"""The leaders' pages: people, their roles and links, teams, and the service's settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from ledvei_pwa.features.people import accounts, actions, directory, rules
from ledvei_pwa.features.people.actions import (
    ChangeService,
    InvitationLink,
    InvitePerson,
    NewRole,
    PersonCard,
    TeamCard,
)
from ledvei_pwa.features.people.directory import PersonSheet
from ledvei_pwa.features.people.forms import (
    ROLE_NAMES,
    ConfirmForm,
    EndRoleForm,
    InviteForm,
    PersonForm,
    RoleForm,
    ServiceForm,
    TeamForm,
)
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.actions import Sort
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import fresh, requires, signed_in_actor

pages = Blueprint("people", __name__)

REASONS: dict[str, LazyText] = {
    "not_yours": lazy_gettext("Your role does not let you do this. Ask the service leader."),
    "email_taken": lazy_gettext(
        "This address is in use already. Use another one, or find the person in the list."
    ),
    "unknown_team": lazy_gettext("This team is not there any more. Choose another one."),
    "team_missing": lazy_gettext("A team leader needs a team. Choose which one."),
    "ends_before_it_begins": lazy_gettext("The role ends before it begins. Choose a later day."),
    "last_service_leader": lazy_gettext(
        "The service needs a service leader who can sign in. Give somebody else the role first."
    ),
}


# --- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to. Unknown values narrow nothing."""

    words: str
    team: str
    role: str
    state: str

    @classmethod
    def from_address(cls) -> Wanted:
        return cls(*(_plain(request.args.get(name, "")) for name in ("words", "team", "role", "state")))

    @property
    def is_narrowed(self) -> bool:
        return any((self.words, self.team, self.role, self.state))


@pages.get("/people")
@requires(*rules.LEADS_PEOPLE)
def people_list() -> ResponseReturnValue:
    actor, wanted = signed_in_actor(), Wanted.from_address()
    found = directory.find_people(
        actor,
        words=wanted.words,
        team_id=wanted.team,
        role=wanted.role,
        state=wanted.state,
        now=datetime.now(UTC),
    )
    return render_template(
        "people/list.html",
        people=found,
        wanted=wanted,
        teams=_teams_for(actor),
        role_names=ROLE_NAMES,
        runs_service=actor.has(*rules.RUNS_THE_SERVICE),
        leaving=len(actions.coming_last_days(actor, now=datetime.now(UTC))),
    )


# --- inviting -------------------------------------------------------------------------------------


@pages.get("/people/invite")
@fresh
@requires(*rules.LEADS_PEOPLE)
def invite_page() -> ResponseReturnValue:
    actor = signed_in_actor()
    service = actions.service_of(actor.service_id)
    form = _with_choices(InviteForm(formdata=None, language=service.language if service else "nb"), actor)
    return render_template("people/invite.html", form=form)


@pages.post("/people/invite")
@fresh
@requires(*rules.LEADS_PEOPLE)
def invite() -> ResponseReturnValue:
    actor = signed_in_actor()
    form = _with_choices(InviteForm(), actor)
    if not form.validate():
        return render_template("people/invite.html", form=form), 400
    roles = tuple(NewRole(Role(role), form.team.data or None) for role in form.roles.data)
    command = InvitePerson(form.name.data, form.email.data, roles, form.language.data)
    outcome = actions.invite_person(actor, command, now=datetime.now(UTC))
    if not outcome.ok or outcome.value is None:
        _explain(form, outcome.reason, outcome.fields)
        return render_template("people/invite.html", form=form), 400
    return _show_link(outcome.value)


@pages.get("/people/<string:person_id>/invitation")
@fresh
@requires(*rules.LEADS_PEOPLE)
def ask_before_inviting_again(person_id: str) -> ResponseReturnValue:
    sheet = _load_sheet(person_id)
    if not sheet.may_open_account or not sheet.person.is_active:
        abort(404)
    return render_template("people/invite_again.html", sheet=sheet, days=rules.INVITATION_LIFE.days)


@pages.post("/people/<string:person_id>/invitation")
@fresh
@requires(*rules.LEADS_PEOPLE)
def invite_again(person_id: str) -> ResponseReturnValue:
    outcome = actions.invite_again(signed_in_actor(), person_id, now=datetime.now(UTC))
    if not outcome.ok or outcome.value is None:
        abort(404)
    return _show_link(outcome.value)


# --- one person -----------------------------------------------------------------------------------


@pages.get("/people/<string:person_id>")
@requires(*rules.LEADS_PEOPLE)
def person_page(person_id: str) -> ResponseReturnValue:
    return _show_person(_load_sheet(person_id))


@pages.post("/people/<string:person_id>")
@fresh
@requires(*rules.LEADS_PEOPLE)
def correct_person(person_id: str) -> ResponseReturnValue:
    sheet, form = _load_sheet(person_id), PersonForm()
    if not form.validate():
        return _show_person(sheet, person_form=form), 400
    actor, now = signed_in_actor(), datetime.now(UTC)
    outcome = actions.correct_person(actor, person_id, name=form.name.data, email=form.email.data, now=now)
    if not outcome.ok:
        _explain(form, outcome.reason, outcome.fields)
        return _show_person(sheet, person_form=form), 400
    return _back_to_person(person_id, _("Saved."))


@pages.post("/people/<string:person_id>/roles")
@fresh
@requires(*rules.LEADS_PEOPLE)
def add_role(person_id: str) -> ResponseReturnValue:
    sheet, actor = _load_sheet(person_id), signed_in_actor()
    form = _with_choices(RoleForm(), actor)
    if not form.validate():
        return _show_person(sheet, role_form=form), 400
    command = NewRole(Role(form.role.data), form.team.data or None, form.from_date.data)
    outcome = actions.add_role(actor, person_id, command, now=datetime.now(UTC))
    if not outcome.ok:
        _explain(form, outcome.reason, outcome.fields)
        return _show_person(sheet, role_form=form), 400
    return _back_to_person(person_id, _("The role is added."))


@pages.get("/people/<string:person_id>/roles/<string:role_id>")
@fresh
@requires(*rules.LEADS_PEOPLE)
def end_role_page(person_id: str, role_id: str) -> ResponseReturnValue:
    sheet = _load_sheet(person_id)
    form = EndRoleForm(formdata=None, to_date=_today())
    return _show_role(sheet, role_id, form)


@pages.post("/people/<string:person_id>/roles/<string:role_id>")
@fresh
@requires(*rules.LEADS_PEOPLE)
def end_role(person_id: str, role_id: str) -> ResponseReturnValue:
    sheet, form = _load_sheet(person_id), EndRoleForm()
    if sheet.role(role_id) is None:
        abort(404)
    if not form.validate():
        return _show_role(sheet, role_id, form), 400
    outcome = actions.end_role(signed_in_actor(), role_id, to_date=form.to_date.data, now=datetime.now(UTC))
    if not outcome.ok:
        _explain(form, outcome.reason, outcome.fields)
        return _show_role(sheet, role_id, form), 400
    return _back_to_person(person_id, _("The role has an end."))


@pages.get("/people/<string:person_id>/disable")
@fresh
@requires(*rules.LEADS_PEOPLE)
def ask_before_disabling(person_id: str) -> ResponseReturnValue:
    sheet = _load_sheet(person_id)
    if not sheet.may_disable or not sheet.person.is_active:
        abort(404)
    return _show_question(sheet, ConfirmForm(formdata=None))


@pages.post("/people/<string:person_id>/disable")
@fresh
@requires(*rules.LEADS_PEOPLE)
def disable_person(person_id: str) -> ResponseReturnValue:
    sheet, form = _load_sheet(person_id), ConfirmForm()
    if not sheet.may_disable:
        abort(404)
    outcome = actions.disable_person(signed_in_actor(), person_id, now=datetime.now(UTC))
    if not outcome.ok:
        _explain(form, outcome.reason, outcome.fields)
        return _show_question(sheet, form), 400
    return _back_to_person(person_id, _("The person can no longer sign in."))


@pages.post("/people/<string:person_id>/enable")
@fresh
@requires(*rules.LEADS_PEOPLE)
def enable_person(person_id: str) -> ResponseReturnValue:
    if not actions.enable_person(signed_in_actor(), person_id, now=datetime.now(UTC)).ok:
        abort(404)
    return _back_to_person(person_id, _("The person can sign in again."))


# --- teams ----------------------------------------------------------------------------------------


@pages.get("/people/teams")
@requires(*rules.RUNS_THE_SERVICE)
def teams_page() -> ResponseReturnValue:
    return _show_teams(TeamForm(formdata=None))


@pages.post("/people/teams")
@requires(*rules.RUNS_THE_SERVICE)
def create_team() -> ResponseReturnValue:
    form = TeamForm()
    if not form.validate():
        return _show_teams(form), 400
    actions.create_team(signed_in_actor(), form.name.data, now=datetime.now(UTC))
    flash(_("The team is made."))
    return redirect("/people/teams")


@pages.get("/people/teams/<string:team_id>")
@requires(*rules.RUNS_THE_SERVICE)
def team_page(team_id: str) -> ResponseReturnValue:
    team = _load_team(team_id)
    return render_template("people/team.html", team=team, form=TeamForm(formdata=None, name=team.name))


@pages.post("/people/teams/<string:team_id>")
@requires(*rules.RUNS_THE_SERVICE)
def rename_team(team_id: str) -> ResponseReturnValue:
    team, form = _load_team(team_id), TeamForm()
    if not form.validate():
        return render_template("people/team.html", team=team, form=form), 400
    actions.rename_team(signed_in_actor(), team_id, form.name.data, now=datetime.now(UTC))
    flash(_("Saved."))
    return redirect("/people/teams")


# --- the service ----------------------------------------------------------------------------------


@pages.get("/service")
@requires(Role.SERVICE_LEADER)
def service_page() -> ResponseReturnValue:
    service = actions.service_of(signed_in_actor().service_id)
    return render_template("people/service.html", form=ServiceForm(formdata=None, obj=service))


@pages.post("/service")
@requires(Role.SERVICE_LEADER)
def change_service() -> ResponseReturnValue:
    form = ServiceForm()
    if not form.validate():
        return render_template("people/service.html", form=form), 400
    command = ChangeService(form.name.data, form.language.data, form.lock_minutes.data, form.kept_weeks.data)
    actions.change_service(signed_in_actor(), command, now=datetime.now(UTC))
    flash(_("Saved. Each device learns of it the next time it has a network."))
    return redirect("/service")


# --- what the pages share -------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Without what no keyboard types: it could not be shown again on a page."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _load_sheet(person_id: str) -> PersonSheet:
    """The person, or 404 for all whom this leader may not see: that they exist is not told either."""
    sheet = directory.find_sheet(signed_in_actor(), person_id, now=datetime.now(UTC))
    if sheet is None:
        abort(404)
    return sheet


def _load_team(team_id: str) -> TeamCard:
    team = next((team for team in _teams_for(signed_in_actor()) if team.id == team_id), None)
    if team is None:
        abort(404)
    return team


def _show_person(
    sheet: PersonSheet, *, person_form: PersonForm | None = None, role_form: RoleForm | None = None
) -> str:
    actor = signed_in_actor()
    return render_template(
        "people/person.html",
        sheet=sheet,
        person_form=person_form
        or PersonForm(formdata=None, name=sheet.person.name, email=sheet.person.email),
        role_form=role_form or _with_choices(RoleForm(formdata=None, from_date=_today()), actor),
        wrong=person_form or role_form,
        role_names=ROLE_NAMES,
        goes_on=_left_behind_goes(sheet.person),
        today=_today(),
    )


def _left_behind_goes(person: PersonCard) -> date | None:
    """When what only this person could read is deleted, or was; None while nobody has closed the account."""
    closed = actions.closed_days(person.service_id).get(person.id)
    return retention.day_left_behind_goes(person.service_id, closed) if closed else None


def _show_question(sheet: PersonSheet, form: ConfirmForm) -> str:
    months = retention.periods_of(sheet.person.service_id)[Sort.LEFT]
    return render_template("people/disable.html", sheet=sheet, form=form, months=months)


def _show_role(sheet: PersonSheet, role_id: str, form: EndRoleForm) -> str:
    role = sheet.role(role_id)
    if role is None or not role.may_end:
        abort(404)
    return render_template("people/end_role.html", sheet=sheet, role=role, form=form, role_names=ROLE_NAMES)


def _show_teams(form: TeamForm) -> str:
    return render_template("people/teams.html", form=form, teams=_teams_for(signed_in_actor()))


def _show_link(link: InvitationLink) -> str:
    """Shown in the answer itself, this once: the server keeps only a digest of it."""
    address = accounts.absolute_link(link)
    sheet = _load_sheet(link.person_id)
    return render_template(
        "people/link.html", sheet=sheet, address=address, link=link, picture=_qr_code(address)
    )


def _qr_code(address: str) -> str:
    """For `<img src>`: black on white also in the dark, since some cameras read nothing else."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff"))


def _with_choices(form: PageForm, actor: Actor) -> PageForm:
    """The roles and teams that this leader may give."""
    granted = rules.grantable_roles(actor)
    roles = [SelectChoice(role.value, str(name)) for role, name in ROLE_NAMES.items() if role in granted]
    teams = [SelectChoice(team.id, team.name) for team in _teams_for(actor)]
    if actor.has(*rules.RUNS_THE_SERVICE):
        teams.insert(0, SelectChoice("", _("No team")))
    form.team.choices = teams
    if isinstance(form, InviteForm):
        form.roles.choices = roles
    else:
        form.role.choices = roles
    return form


def _teams_for(actor: Actor) -> list[TeamCard]:
    teams = actions.teams_in_service(actor.service_id)
    return (
        teams if actor.has(*rules.RUNS_THE_SERVICE) else [team for team in teams if team.id in actor.team_ids]
    )


def _explain(form: PageForm, reason: str, fields: Iterable[str]) -> None:
    """Put the text of a refusal at its field, or above the form."""
    text = REASONS[reason]
    for name in fields:
        if name in form:
            form[name].errors = [*form[name].errors, text]
            return
    form.form_errors.append(text)


def _back_to_person(person_id: str, text: str) -> ResponseReturnValue:
    """To the person, or to the list when they are no longer among those this leader sees."""
    flash(text)
    still_seen = directory.find_sheet(signed_in_actor(), person_id, now=datetime.now(UTC))
    return redirect(f"/people/{person_id}" if still_seen else "/people")


def _today() -> date:
    return rules.day_in_norway(datetime.now(UTC))
