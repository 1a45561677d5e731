"""Signing in and out, accepting an invitation, the language, and the demo's links.

In by a passkey, or by a password and then a code. A password alone leads to the second step, or to the page
that sets one up (factor_pages.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import accounts, actions, factors, openid, passkeys, rules
from ledvei_pwa.features.people.accounts import KnownBrowser, OpenInvitation, SignIn
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.factors import Proof
from ledvei_pwa.features.people.forms import (
    EASY_PASSWORD,
    LANGUAGE_NAMES,
    AcceptForm,
    CodeForm,
    LanguageForm,
    RecoveryForm,
    SignInForm,
)
from ledvei_pwa.features.people.openid import ProviderCard
from ledvei_pwa.features.people.passkeys import Answer
from ledvei_pwa.kernel.outcome import Outcome
from ledvei_pwa.platform import arrivals, attempts, i18n, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.forms import PageForm
from ledvei_pwa.platform.i18n import LazyText, lazy_gettext, ngettext
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import (
    Strength,
    arriving_actor,
    current_actor,
    on_the_way_in,
    public,
    safe_next,
    signed_in,
    signed_in_actor,
)

pages = Blueprint("sign_in", __name__)

A_YEAR = 365 * 24 * 60 * 60  # seconds
SIGN_IN = "sign-in"  # the purpose of a passkey used to come in

NOT_TAKEN: dict[str, LazyText] = {
    "stale": lazy_gettext("This took too long, or was sent twice. Try once more."),
    "not_taken": lazy_gettext("The passkey could not be kept. Try once more, or choose the other way."),
    "too_many": lazy_gettext("You have many passkeys already. Remove one that you do not use."),
    "has_one_already": lazy_gettext("A second step is set up already. Sign in with it."),
    "wrong": lazy_gettext("That passkey is not right here. Try another one, or sign in another way."),
    "copied": lazy_gettext(
        "This passkey may have been copied, so it was not taken. Sign in another way, and remove it."
    ),
}


@pages.get("/")
@public
def front_page() -> ResponseReturnValue:
    actor = current_actor()
    if sessions.waiting_actor():
        return redirect(sessions.WAITING_PAGE)
    return redirect(f"/{actor.language}/today" if actor else "/sign-in")


@pages.get("/sign-in")
@public
def sign_in_page() -> ResponseReturnValue:
    actor = current_actor()
    next_path = safe_next(request.args.get("next"))
    if actor:
        return redirect(next_path or f"/{actor.language}/today")
    if sessions.waiting_actor():
        return redirect(sessions.WAITING_PAGE)
    return _show_sign_in(SignInForm(formdata=None, next=next_path or ""))


@pages.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _show_sign_in(form), 400
    command = SignIn(form.email.data, form.password.data, _address(), known_browser())
    outcome = accounts.check_sign_in(command, now=datetime.now(UTC))
    if not outcome.ok or outcome.value is None:
        return _refuse(form, outcome)
    person, reentry_id = outcome.value.person, outcome.value.reentry_id
    sessions.sign_in(person, Strength.PASSWORD, reentry_id=reentry_id)
    i18n.forget_language()
    if form.code.data and factors.ways_in_of(person.id, reentry_id).has_second_factor:
        return remember_language(make_response(_take_code(form.code.data)), person.language)
    onward = url_for("sign_in.second_step_page", next=safe_next(form.next.data))
    return remember_language(make_response(redirect(onward)), person.language)


@pages.get("/sign-in/passkey-options")
@public
def sign_in_options() -> ResponseReturnValue:
    """What the browser is to ask its passkeys. The same for everybody: nobody is known yet."""
    return jsonify(passkeys.options_to_use(SIGN_IN, sessions.browser_mark()))


@pages.post("/sign-in/passkey")
@public
def sign_in_with_passkey() -> ResponseReturnValue:
    outcome = passkeys.check_used(SIGN_IN, sessions.browser_mark(), sent_answer(), now=datetime.now(UTC))
    used = outcome.value if outcome.ok else None
    person = actions.active_person(used.person_id) if used else None
    if used is None or person is None:
        form = SignInForm(formdata=None, next=safe_next(request.form.get("next")) or "")
        return _show_sign_in(form, str(NOT_TAKEN[outcome.reason or "wrong"])), 401
    onward = safe_next(request.form.get("next"))
    return let_in(person, Strength.PASSKEY, onward, reentry_id=used.reentry_id)


@pages.get("/sign-in/second-step")
@on_the_way_in
def second_step_page() -> ResponseReturnValue:
    actor, onward = arriving_actor(), safe_next(request.args.get("next"))
    if actor is None or sessions.is_in():
        return redirect(onward or "/")
    if not factors.ways_in_of(actor.person_id, sessions.current_reentry_id()).has_second_factor:
        return redirect(url_for("factors.choose_second_factor", next=onward))
    return _show_second_step(CodeForm(formdata=None))


@pages.post("/sign-in/second-step")
@on_the_way_in
def second_step() -> ResponseReturnValue:
    actor, form = arriving_actor(), CodeForm()
    if actor is None or sessions.is_in():
        return redirect("/")
    if not form.validate():
        return _show_second_step(form), 400
    return _take_code(form.code.data)


def _take_code(code: str) -> ResponseReturnValue:
    """The second step of whoever has given the right password."""
    actor = arriving_actor()
    if actor is None:
        return redirect("/")
    proof = Proof("", code, _address(), known_browser().knows(actor.person_id))
    outcome = factors.check_second_step(
        actor.person_id, proof, reentry_id=sessions.current_reentry_id(), now=datetime.now(UTC)
    )
    if not outcome.ok or outcome.value is None:
        wrong = _("That code is not right, or is used already. Wait for the next one, and try again.")
        return refuse_try(outcome, wrong, lambda problem: _show_second_step(CodeForm(formdata=None), problem))
    proved = outcome.value
    sessions.prove(proved.strength, reentry_id=proved.reentry_id)
    return _go_on(actions.persons_by_ids([actor.person_id])[actor.person_id], proved.strength)


@pages.get("/sign-in/recovery")
@public
def recovery_page() -> ResponseReturnValue:
    return _show_recovery(RecoveryForm(formdata=None))


@pages.post("/sign-in/recovery")
@public
def sign_in_with_recovery_code() -> ResponseReturnValue:
    form = RecoveryForm()
    if not form.validate():
        return _show_recovery(form), 400
    proof = Proof(form.password.data or "", form.code.data, _address())
    outcome = factors.check_recovery(form.email.data, proof, now=datetime.now(UTC))
    person = actions.active_person(outcome.value) if outcome.ok and outcome.value else None
    if person is None:
        wrong = _(
            "This does not fit together. Look at the e-mail and the code, "
            "and write your password if you have one."
        )
        return refuse_try(outcome, wrong, lambda problem: _show_recovery(form, problem))
    return let_in(person, Strength.RECOVERY)


@pages.post("/sign-out")
@on_the_way_in
def sign_out() -> ResponseReturnValue:
    sessions.sign_out()
    return redirect("/sign-in")


@pages.post("/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    person, now = factors.begin_changing(signed_in_actor().person_id), datetime.now(UTC)
    sessions.end_all_sessions(person.id, now=now)
    factors.record_own(person, Deed.SIGNED_OUT_EVERYWHERE, now)
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
        token, language=form.language.data, password=form.password.data, browser=this_browser(), now=now
    )
    if outcome.reason == "password_easy":
        form.password.errors = [str(EASY_PASSWORD)]
        return _show_invitation(invitation, form), 400
    if not outcome.ok or outcome.value is None:
        return _show_unusable_link()
    sessions.sign_in(outcome.value.person, Strength.PASSWORD, reentry_id=outcome.value.reentry_id)
    i18n.forget_language()
    return remember_language(make_response(redirect("/second-factor")), form.language.data)


@pages.get("/invitation/<string:token>/passkey-options")
@public
def invitation_passkey_options(token: str) -> ResponseReturnValue:
    options = accounts.passkey_options(token, now=datetime.now(UTC))
    if options is None:
        abort(404)
    return jsonify(options)


@pages.post("/invitation/<string:token>/passkey")
@public
def accept_with_passkey(token: str) -> ResponseReturnValue:
    now = datetime.now(UTC)
    invitation = accounts.find_invitation(token, now=now)
    if invitation is None:
        return _show_unusable_link()
    language = request.form.get("language", invitation.language)
    outcome = accounts.accept_with_passkey(
        token, sent_answer(), language=language, browser=this_browser(), now=now
    )
    if outcome.ok and outcome.value:
        person, reentry_id = outcome.value.person, outcome.value.reentry_id
        if reentry_id:
            return let_in(person, Strength.PASSKEY, reentry_id=reentry_id)
        sessions.sign_in(person, Strength.PASSKEY)
        i18n.forget_language()
        shown = show_recovery_codes(list(outcome.value.codes), person.language)
        return remember_person(make_response(shown), person)
    if outcome.reason not in NOT_TAKEN:
        return _show_unusable_link()
    form = AcceptForm(formdata=None, language=language)
    return _show_invitation(invitation, form, str(NOT_TAKEN[outcome.reason])), 400


@pages.get("/demo/<string:token>")
@public
def demo_sign_in(token: str) -> ResponseReturnValue:
    person = accounts.find_demo_person(token)
    if person is None:
        return _show_unusable_link()
    return let_in(person, Strength.DEMO)


def _show_sign_in(form: SignInForm, problem: str = "") -> str:
    form.email.render_kw = {**form.email.render_kw, "autofocus": not form.errors and not problem}
    return render_template(
        "people/sign_in.html",
        form=form,
        problem=problem,
        language_names=LANGUAGE_NAMES,
        asked=passkeys.options_to_use(SIGN_IN, sessions.browser_mark()),
        elsewhere=_elsewhere(),
    )


def _elsewhere() -> list[tuple[str, str]]:
    """The address and the text of a button for each service's provider."""
    cards = openid.every_button()
    services = {} if len(cards) < 2 else {card.id: card.name for card in actions.every_service()}
    return [
        (url_for("openid.sign_in_elsewhere", provider_id=card.id), _named(card, services)) for card in cards
    ]


def _named(card: ProviderCard, services: dict[str, str]) -> str:
    if card.service_id not in services:
        return _("Sign in with %(name)s", name=card.name)
    service = services[card.service_id]
    return _("Sign in with %(name)s, for %(service)s", name=card.name, service=service)


def _refuse(form: SignInForm, outcome: Outcome[Any]) -> ResponseReturnValue:
    """Two answers for all reasons: what was written does not fit, or wait."""
    wrong = _("The e-mail or the password is not right. Look at both, and try again.")
    return refuse_try(outcome, wrong, lambda problem: _show_sign_in(form, problem))


def refuse_try(outcome: Outcome[Any], wrong: str, show: Callable[[str], str]) -> ResponseReturnValue:
    """What was wrong, or how long to wait before one may try again."""
    if outcome.reason != "wait":
        return show(wrong), 401
    seconds = int(outcome.fields["seconds"])
    problem = ngettext(
        "There have been several wrong tries. Wait %(count)s second, and try again.",
        "There have been several wrong tries. Wait %(count)s seconds, and try again.",
        seconds,
    )
    return show(problem), 429, {"Retry-After": str(seconds)}


def _show_second_step(form: CodeForm, problem: str = "") -> str:
    actor = arriving_actor()
    ways = factors.ways_in_of(actor.person_id if actor else "", sessions.current_reentry_id())
    form.code.render_kw = {**form.code.render_kw, "autofocus": not form.errors and not problem}
    return render_template(
        "people/second_step.html",
        form=form,
        problem=problem,
        ways=ways,
        name=actor.name if actor else "",
        next=safe_next(request.values.get("next")) or "",
    )


def _show_recovery(form: RecoveryForm, problem: str = "") -> str:
    return render_template("people/recovery.html", form=form, problem=problem)


def show_recovery_codes(codes: list[str], language: str) -> str:
    """Shown in the answer itself, this once: the server keeps only digests of them."""
    onward = safe_next(request.values.get("next")) or f"/{language}/welcome"
    return render_template("people/recovery_codes.html", codes=codes, onward=onward)


def _show_invitation(invitation: OpenInvitation, form: PageForm, problem: str = "") -> str:
    address = request.path.removesuffix("/passkey")
    token = address.removeprefix("/invitation/")
    return render_template(
        "people/invitation.html",
        form=form,
        invitation=invitation,
        address=address,
        problem=problem,
        elsewhere=openid.provider_for_invitation(token, now=datetime.now(UTC)),
    )


def _show_unusable_link() -> ResponseReturnValue:
    """Used, run out, replaced, unknown: one answer, since all have the same way on."""
    arrivals.did_not_come_in("link", "unusable", None)
    days = rules.INVITATION_LIFE.days
    return render_template("people/unusable_link.html", days=days), 404


def let_in(
    person: PersonCard, strength: Strength, onward: str | None = None, *, reentry_id: str | None = None
) -> Response:
    """A whole sign-in, with nothing left to prove; the account may wait to open."""
    sessions.sign_in(person, strength, reentry_id=reentry_id)
    return _go_on(person, strength, onward)


def _go_on(person: PersonCard, strength: Strength, onward: str | None = None) -> Response:
    i18n.forget_language()
    if sessions.waiting_actor():
        return remember_person(make_response(redirect(sessions.WAITING_PAGE)), person)
    onward = onward or safe_next(request.values.get("next")) or f"/{person.language}/welcome"
    if strength is Strength.RECOVERY:
        flash(codes_left_text(factors.ways_in_of(person.id).codes_left))
        onward = "/my-sign-in"
    return remember_person(make_response(redirect(onward)), person)


def codes_left_text(left: int) -> str:
    if not left:
        return _(
            "You used the last of your recovery codes. Make new ones here, and put them in a safe place."
        )
    return ngettext(
        "You used a recovery code. You have %(count)s left.",
        "You used a recovery code. You have %(count)s left.",
        left,
    )


def remember_person(answer: Response, person: PersonCard) -> Response:
    """Let this browser speak their language, and count their tries here apart from strangers'."""
    known = known_browser().with_person(person.id)
    _set_cookie(answer, _known_cookie(), accounts.write_known_browser(known))
    return remember_language(answer, person.language)


def known_browser() -> KnownBrowser:
    return accounts.read_known_browser(request.cookies.get(_known_cookie()))


def sent_answer(prefix: str = "") -> Answer:
    """What the browser said of a passkey, as js/pages/passkeys.js puts it into the form."""
    return Answer(request.form.get(f"{prefix}passkey", ""), request.form.get(f"{prefix}state", ""))


def this_browser() -> str:
    """A first name for a passkey made here."""
    return sessions.name_browser(request.user_agent.string) or _("Passkey")


def _address() -> str:
    return attempts.network_of(request.remote_addr)


def remember_language(answer: Response, language: str) -> Response:
    """Let this browser's sign-in page speak it, whoever comes next."""
    _set_cookie(answer, i18n.cookie_name(), language)
    return answer


def _set_cookie(answer: Response, name: str, value: str) -> None:
    secure = house().settings.https
    answer.set_cookie(name, value, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")


def _known_cookie() -> str:
    return "__Host-ledvei-known" if house().settings.https else "ledvei_known"
