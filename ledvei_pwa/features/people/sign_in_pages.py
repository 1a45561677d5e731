"""Signing in and out, accepting an invitation, the language, and the demo's links."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import accounts, actions, rules
from ledvei_pwa.features.people.accounts import OpenInvitation, SignIn
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.forms import LANGUAGE_NAMES, AcceptForm, LanguageForm, SignInForm
from ledvei_pwa.kernel.outcome import Outcome
from ledvei_pwa.platform import attempts, i18n, sessions
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import ngettext
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import current_actor, public, safe_next, signed_in, signed_in_actor

pages = Blueprint("sign_in", __name__)

A_YEAR = 365 * 24 * 60 * 60  # seconds


@pages.get("/")
@public
def front_page() -> ResponseReturnValue:
    actor = current_actor()
    return redirect(f"/{actor.language}/today" if actor else "/sign-in")


@pages.get("/sign-in")
@public
def sign_in_page() -> ResponseReturnValue:
    actor = current_actor()
    next_path = safe_next(request.args.get("next"))
    if actor:
        return redirect(next_path or f"/{actor.language}/today")
    return _show_sign_in(SignInForm(formdata=None, next=next_path or ""))


@pages.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _show_sign_in(form), 400
    known = accounts.read_known_browser(request.cookies.get(_known_cookie()))
    address = attempts.network_of(request.remote_addr)
    command = SignIn(form.email.data, form.password.data, address, known)
    outcome = accounts.check_sign_in(command, now=datetime.now(UTC))
    if not outcome.ok or outcome.value is None:
        return _refuse(form, outcome)
    return _let_in(outcome.value, safe_next(form.next.data) or f"/{outcome.value.language}/welcome")


@pages.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    sessions.sign_out()
    return redirect("/sign-in")


@pages.post("/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    sessions.end_all_sessions(signed_in_actor().person_id, now=datetime.now(UTC))
    db.session.commit()
    sessions.sign_out()
    flash(_("You are signed out everywhere."))
    return redirect("/sign-in")


@pages.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """For oneself when signed in; for this browser in any case: the sign-in page speaks it next time."""
    form = LanguageForm()
    onward = safe_next(form.onward.data) or "/"
    if not form.validate():
        return redirect(onward)
    actor = current_actor()
    if actor:
        actions.choose_language(actor.person_id, form.language.data)
    return remember_language(make_response(redirect(onward)), form.language.data)


@pages.get("/invitation/<string:token>")
@public
def invitation_page(token: str) -> ResponseReturnValue:
    invitation = accounts.find_invitation(token, now=datetime.now(UTC))
    if invitation is None:
        return _show_unusable_link()
    return _show_invitation(invitation, AcceptForm(formdata=None, language=invitation.language))


@pages.post("/invitation/<string:token>")
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    invitation = accounts.find_invitation(token, now=now)
    if invitation is None:
        return _show_unusable_link()
    form = AcceptForm()
    if not form.validate():
        return _show_invitation(invitation, form), 400
    outcome = accounts.accept_invitation(
        token, language=form.language.data, password=form.password.data, now=now
    )
    if not outcome.ok or outcome.value is None:
        return _show_unusable_link()
    return _let_in(outcome.value, f"/{outcome.value.language}/welcome")


@pages.get("/demo/<string:token>")
@public
def demo_sign_in(token: str) -> ResponseReturnValue:
    person = accounts.find_demo_person(token)
    if person is None:
        return _show_unusable_link()
    return _let_in(person, f"/{person.language}/welcome")


def _show_sign_in(form: SignInForm, problem: str = "") -> str:
    form.email.render_kw = {**form.email.render_kw, "autofocus": not form.errors and not problem}
    return render_template("people/sign_in.html", form=form, problem=problem, language_names=LANGUAGE_NAMES)


def _refuse(form: SignInForm, outcome: Outcome[PersonCard]) -> ResponseReturnValue:
    """Two answers for all reasons: what was written does not fit, or wait."""
    if outcome.reason != "wait":
        problem = _("The e-mail or the password is not right. Look at both, and try again.")
        return _show_sign_in(form, problem), 401
    seconds = int(outcome.fields["seconds"])
    problem = ngettext(
        "There have been several wrong tries. Wait %(count)s second, and try again.",
        "There have been several wrong tries. Wait %(count)s seconds, and try again.",
        seconds,
    )
    return _show_sign_in(form, problem), 429, {"Retry-After": str(seconds)}


def _show_invitation(invitation: OpenInvitation, form: AcceptForm) -> str:
    return render_template("people/invitation.html", form=form, invitation=invitation)


def _show_unusable_link() -> ResponseReturnValue:
    """Used, run out, replaced, unknown: one answer, since all have the same way on."""
    days = rules.INVITATION_LIFE.days
    return render_template("people/unusable_link.html", days=days), 404


def _let_in(person: PersonCard, onward: str) -> Response:
    sessions.sign_in(person)
    i18n.forget_language()
    known = accounts.read_known_browser(request.cookies.get(_known_cookie())).with_person(person.id)
    answer = make_response(redirect(onward))
    _set_cookie(answer, _known_cookie(), accounts.write_known_browser(known))
    return remember_language(answer, person.language)


def remember_language(answer: Response, language: str) -> Response:
    """Let this browser's sign-in page speak it, whoever comes next."""
    _set_cookie(answer, i18n.cookie_name(), language)
    return answer


def _set_cookie(answer: Response, name: str, value: str) -> None:
    secure = house().settings.https
    answer.set_cookie(name, value, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")


def _known_cookie() -> str:
    return "__Host-ledvei-known" if house().settings.https else "ledvei_known"
