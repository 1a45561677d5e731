"""Setting up the second factor, one's own pages about the sign-in, and the question who it is once more."""

from __future__ import annotations

from datetime import UTC, datetime

import segno
from flask import (
    Blueprint,
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

from ledvei_pwa.features.people import actions, factors, openid, passkeys
from ledvei_pwa.features.people.factors import NewCodeApp, PasskeyCard, Proof, WaysIn
from ledvei_pwa.features.people.forms import (
    EASY_PASSWORD,
    WRITE_CODE,
    WRITE_PASSWORD,
    FirstCodeForm,
    PasskeyNameForm,
    PasswordForm,
    ProofForm,
)
from ledvei_pwa.features.people.sign_in_pages import (
    NOT_TAKEN,
    known_browser,
    refuse_try,
    remember_person,
    sent_answer,
    show_recovery_codes,
    this_browser,
)
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.identifiers import has_identity_number
from ledvei_pwa.kernel.outcome import Outcome, refused
from ledvei_pwa.platform import attempts, sessions
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import (
    Strength,
    arriving_actor,
    fresh,
    on_the_way_in,
    safe_next,
    signed_in,
    signed_in_actor,
)

pages = Blueprint("factors", __name__)

SET_UP, ADD, PROOF = "set-up", "add", "proof"  # purposes of a passkey's answer
PROOF_PREFIX = "proof_"  # of the fields that stand beside somebody else's form


# --- the first second factor ----------------------------------------------------------------------


@pages.get("/second-factor")
@on_the_way_in
def choose_second_factor() -> ResponseReturnValue:
    return _turn_away() or _show_choice()


@pages.get("/second-factor/passkey-options")
@on_the_way_in
def first_passkey_options() -> ResponseReturnValue:
    if _turn_away():
        abort(404)
    reentry_id = sessions.current_reentry_id()
    options = passkeys.options_to_make(
        SET_UP, _sign_in_id(), _arriving().person_id, replacing=bool(reentry_id), reentry_id=reentry_id
    )
    return jsonify(options)


@pages.post("/second-factor/passkey")
@on_the_way_in
def set_up_passkey() -> ResponseReturnValue:
    turned_away = _turn_away()
    if turned_away:
        return turned_away
    outcome = _add_passkey(_arriving(), SET_UP, is_first=True)
    if not outcome.ok:
        return _show_choice(str(NOT_TAKEN[outcome.reason])), 400
    return _finish(Strength.PASSKEY, outcome.value)


@pages.get("/second-factor/code-app")
@on_the_way_in
def first_code_app_page() -> ResponseReturnValue:
    turned_away = _turn_away()
    if turned_away:
        return turned_away
    return _show_code_app(_arriving(), _new_app(_arriving()), FirstCodeForm(formdata=None))


@pages.post("/second-factor/code-app")
@on_the_way_in
def set_up_code_app() -> ResponseReturnValue:
    turned_away = _turn_away()
    if turned_away:
        return turned_away
    outcome = _take_code_app(_arriving(), is_first=True)
    if not isinstance(outcome, Outcome):
        return outcome
    return _finish(Strength.CODE, outcome.value)


def _turn_away() -> ResponseReturnValue | None:
    """A password alone may set up what is missing. It may not put itself beside what is there."""
    if sessions.is_in():
        return redirect("/my-sign-in")
    if factors.ways_in_of(_arriving().person_id, sessions.current_reentry_id()).has_second_factor:
        return redirect(url_for("sign_in.second_step_page"))
    return None


def _finish(strength: Strength, codes: list[str] | None) -> ResponseReturnValue:
    actor = _arriving()
    sessions.prove(strength)
    person = actions.persons_by_ids([actor.person_id])[actor.person_id]
    if sessions.waiting_actor():
        return remember_person(make_response(redirect(sessions.WAITING_PAGE)), person)
    onward = safe_next(request.values.get("next")) or f"/{person.language}/welcome"
    answer = show_recovery_codes(codes, person.language) if codes else redirect(onward)
    return remember_person(make_response(answer), person)


# --- one's own pages ------------------------------------------------------------------------------


@pages.get("/my-sign-in")
@signed_in
def my_sign_in() -> ResponseReturnValue:
    actor = signed_in_actor()
    ways, provider = factors.ways_in_of(actor.person_id), openid.provider_of_service(actor.service_id)
    return render_template("people/my_sign_in.html", ways=ways, provider=provider)


@pages.get("/my-sign-in/passkeys/add")
@fresh
@signed_in
def add_passkey_page() -> ResponseReturnValue:
    return _show_add_passkey()


@pages.get("/my-sign-in/passkey-options")
@fresh
@signed_in
def passkey_options() -> ResponseReturnValue:
    return jsonify(passkeys.options_to_make(ADD, _sign_in_id(), signed_in_actor().person_id))


@pages.post("/my-sign-in/passkeys/add")
@fresh
@signed_in
def add_passkey() -> ResponseReturnValue:
    actor = signed_in_actor()
    outcome = _add_passkey(actor, ADD, is_first=False)
    if not outcome.ok:
        return _show_add_passkey(str(NOT_TAKEN[outcome.reason])), 400
    flash(_("The passkey is added."))
    return show_recovery_codes(outcome.value, actor.language) if outcome.value else redirect("/my-sign-in")


@pages.get("/my-sign-in/passkeys/<string:passkey_id>")
@fresh
@signed_in
def passkey_page(passkey_id: str) -> ResponseReturnValue:
    card = _own_passkey(passkey_id)
    return _show_passkey(card, PasskeyNameForm(formdata=None, name=card.name))


@pages.post("/my-sign-in/passkeys/<string:passkey_id>")
@fresh
@signed_in
def rename_passkey(passkey_id: str) -> ResponseReturnValue:
    card, form = _own_passkey(passkey_id), PasskeyNameForm()
    if not form.validate():
        return _show_passkey(card, form), 400
    passkeys.rename(signed_in_actor().person_id, card.id, form.name.data, now=datetime.now(UTC))
    flash(_("Saved."))
    return redirect("/my-sign-in")


@pages.post("/my-sign-in/passkeys/<string:passkey_id>/remove")
@fresh
@signed_in
def remove_passkey(passkey_id: str) -> ResponseReturnValue:
    card = _own_passkey(passkey_id)
    outcome = passkeys.remove(signed_in_actor().person_id, card.id, now=datetime.now(UTC))
    if outcome.ok:
        told = _("The passkey is removed. Nobody signs in with it any more.")
        # The vault's key lies wrapped on the device, and no server is asked there (docs/adr/0016).
        also = _("A device that it unlocks, it still unlocks: close the ones that are lost under My devices.")
        flash(f"{told} {also}")
    else:
        flash(_("This is your only way in. Add another one first."), "warm")
    return redirect("/my-sign-in")


@pages.get("/my-sign-in/code-app")
@fresh
@signed_in
def code_app_page() -> ResponseReturnValue:
    actor = signed_in_actor()
    if not factors.ways_in_of(actor.person_id).has_first_factor:
        return redirect("/my-sign-in/password")
    return _show_code_app(actor, _new_app(actor), FirstCodeForm(formdata=None))


@pages.post("/my-sign-in/code-app")
@fresh
@signed_in
def change_code_app() -> ResponseReturnValue:
    actor = signed_in_actor()
    outcome = _take_code_app(actor, is_first=False)
    if not isinstance(outcome, Outcome):
        return outcome
    flash(_("The new code app is ready. Codes from the old one work no more."))
    return show_recovery_codes(outcome.value, actor.language) if outcome.value else redirect("/my-sign-in")


@pages.get("/my-sign-in/password")
@fresh
@signed_in
def password_page() -> ResponseReturnValue:
    return _show_password(PasswordForm(formdata=None))


@pages.post("/my-sign-in/password")
@fresh
@signed_in
def choose_password() -> ResponseReturnValue:
    form, person_id = PasswordForm(), signed_in_actor().person_id
    if not form.validate():
        return _show_password(form), 400
    outcome = factors.choose_password(person_id, form.password.data, now=datetime.now(UTC))
    if outcome.reason == "password_easy":
        form.password.errors = [str(EASY_PASSWORD)]
        return _show_password(form), 400
    flash(_("The new password holds from now on. You are signed out everywhere else."))
    return redirect("/my-sign-in" if factors.ways_in_of(person_id).has_code_app else "/my-sign-in/code-app")


@pages.post("/my-sign-in/password/remove")
@fresh
@signed_in
def remove_password() -> ResponseReturnValue:
    if factors.drop_password(signed_in_actor().person_id, now=datetime.now(UTC)).ok:
        flash(_("From now on you sign in with a passkey only."))
    else:
        flash(_("This is your only way in. Add another one first."), "warm")
    return redirect("/my-sign-in")


@pages.post("/my-sign-in/recovery-codes")
@fresh
@signed_in
def make_recovery_codes() -> ResponseReturnValue:
    actor = signed_in_actor()
    codes = factors.new_recovery_codes(actor.person_id, now=datetime.now(UTC))
    return render_template("people/recovery_codes.html", codes=codes, onward="/my-sign-in")


# --- who is it ------------------------------------------------------------------------------------


@pages.get("/prove")
@signed_in
def prove_page() -> ResponseReturnValue:
    if sessions.is_fresh(datetime.now(UTC)):
        return redirect(_onward())
    return _show_proof(ProofForm(formdata=None, prefix=PROOF_PREFIX))


@pages.post("/prove")
@signed_in
def prove() -> ResponseReturnValue:
    return _refuse_proof() or redirect(_onward())


@pages.get("/prove/passkey-options")
@signed_in
def proof_options() -> ResponseReturnValue:
    return jsonify(passkeys.options_to_use(PROOF, _sign_in_id(), signed_in_actor().person_id))


def ask_for_proof() -> ResponseReturnValue | None:
    """For `@fresh`. What was looked for is shown after it; what was written stands in the page meanwhile."""
    if request.method == "GET":
        return redirect(url_for("factors.prove_page", next=request.full_path.rstrip("?")))
    if any(name.startswith(PROOF_PREFIX) for name in request.form):
        return _refuse_proof()
    return _show_proof(ProofForm(formdata=None, prefix=PROOF_PREFIX)), 401


def _refuse_proof() -> ResponseReturnValue | None:
    """None when what was sent shows who it is: then this sign-in is fresh."""
    actor, now = signed_in_actor(), datetime.now(UTC)
    if request.form.get(f"{PROOF_PREFIX}passkey"):
        answer = sent_answer(PROOF_PREFIX)
        used = passkeys.check_used(PROOF, _sign_in_id(), answer, only_of=actor.person_id, now=now)
        if used.ok:
            sessions.prove(Strength.PASSKEY)
            return None
        return _show_proof(ProofForm(formdata=None, prefix=PROOF_PREFIX), str(NOT_TAKEN[used.reason])), 401
    form, ways = ProofForm(prefix=PROOF_PREFIX), factors.ways_in_of(actor.person_id)
    missing = _what_is_missing(form, ways)
    if missing or form.errors:
        return _show_proof(form, missing), 400
    address = attempts.network_of(request.remote_addr)
    browser = known_browser().knows(actor.person_id)
    proof = Proof(form.password.data or "", form.code.data or "", address, browser)
    outcome = factors.check_proof(actor.person_id, proof, now=now)
    if outcome.ok and outcome.value:
        sessions.prove(outcome.value)
        return None
    wrong = _("That is not right, or the code is used already. Wait for the next code, and try again.")
    return refuse_try(outcome, wrong, lambda problem: _show_proof(form, problem))


def _what_is_missing(form: ProofForm, ways: WaysIn) -> str:
    """Said at its field, before it counts as a try; or answered, where the page has no field for it."""
    if not ways.can_prove_by_code:
        there = next(card.name for card in ways.elsewhere if card.asks_for_two)
        return _("You have not shown who you are with %(name)s yet. Do that first.", name=there)
    if form.validate():
        if ways.has_password and not form.password.data:
            form.password.errors = [str(WRITE_PASSWORD)]
        if not (form.code.data or "").strip():
            form.code.errors = [str(WRITE_CODE)]
    return ""


def _show_proof(form: ProofForm, problem: str = "") -> str:
    """Sent back to where it came from, with all that was written there; from a link, to `/prove`."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and not name.startswith(PROOF_PREFIX)
    ]
    return render_template(
        "people/prove.html",
        form=form,
        problem=problem,
        kept=kept,
        address=request.full_path.rstrip("?"),
        onward=_onward() if request.endpoint == "factors.prove_page" else "",
        ways=factors.ways_in_of(signed_in_actor().person_id),
    )


def _onward() -> str:
    return safe_next(request.args.get("next")) or "/"


# --- what the pages share -------------------------------------------------------------------------


def _arriving() -> Actor:
    actor = arriving_actor()
    if actor is None:
        raise RuntimeError("a route without @on_the_way_in asked who is coming in")
    return actor


def _sign_in_id() -> str:
    return sessions.current_session_id() or ""


def _add_passkey(actor: Actor, purpose: str, *, is_first: bool) -> Outcome[list[str] | None]:
    now = datetime.now(UTC)
    made = passkeys.check_new(purpose, _sign_in_id(), sent_answer(), browser=this_browser(), now=now)
    if not made.ok or made.value is None:
        return refused(made.reason)
    name = request.form.get("name", "")
    if has_identity_number(name):
        name = ""  # it is called after the browser then, and can be given another name
    reentry_id = sessions.current_reentry_id()
    return passkeys.add(
        actor.person_id, made.value, is_first=is_first, name=name, now=now, reentry_id=reentry_id
    )


def _new_app(actor: Actor) -> NewCodeApp:
    return factors.new_code_app(_email_of(actor), _sign_in_id())


def _take_code_app(actor: Actor, *, is_first: bool) -> Outcome[list[str] | None] | ResponseReturnValue:
    """The outcome when it went well; else the page again, with the same square."""
    form = FirstCodeForm()
    app = factors.same_code_app(_email_of(actor), _sign_in_id(), form.state.data or "")
    if app is None:
        problem = _("This page was open for a long time. Take the new square below.")
        return _show_code_app(actor, _new_app(actor), FirstCodeForm(formdata=None), problem), 400
    if not form.validate():
        return _show_code_app(actor, app, form), 400
    outcome = factors.take_code_app(
        actor.person_id,
        app,
        form.code.data,
        is_first=is_first,
        now=datetime.now(UTC),
        reentry_id=sessions.current_reentry_id(),
    )
    if outcome.ok:
        return outcome
    if outcome.reason == "has_one_already":
        return redirect(url_for("sign_in.second_step_page"))
    form.code.errors = [
        _("This is not the code that the app shows now. Look again, or wait for the next one.")
    ]
    return _show_code_app(actor, app, form), 400


def _show_choice(problem: str = "") -> str:
    onward = safe_next(request.values.get("next")) or ""
    return render_template("people/second_factor.html", problem=problem, next=onward, name=_arriving().name)


def _show_code_app(actor: Actor, app: NewCodeApp, form: FirstCodeForm, problem: str = "") -> str:
    form.state.data = app.state
    picture = segno.make(app.address, error="m", micro=False)
    return render_template(
        "people/code_app.html",
        form=form,
        app=app,
        problem=problem,
        email=_email_of(actor),
        # Black on white also in the dark, since some cameras read nothing else.
        picture=str(picture.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")),
        next=safe_next(request.values.get("next")) or "",
    )


def _show_add_passkey(problem: str = "") -> str:
    return render_template("people/add_passkey.html", problem=problem, name=this_browser())


def _show_passkey(card: PasskeyCard, form: PasskeyNameForm) -> str:
    ways = factors.ways_in_of(signed_in_actor().person_id)
    return render_template("people/passkey.html", passkey=card, form=form, ways=ways)


def _show_password(form: PasswordForm) -> str:
    actor = signed_in_actor()
    ways = factors.ways_in_of(actor.person_id)
    return render_template("people/password.html", form=form, ways=ways, email=_email_of(actor))


def _own_passkey(passkey_id: str) -> PasskeyCard:
    ways = factors.ways_in_of(signed_in_actor().person_id)
    card = next((card for card in ways.passkeys if card.id == passkey_id), None)
    if card is None:
        abort(404)
    return card


def _email_of(actor: Actor) -> str:
    return actions.persons_by_ids([actor.person_id])[actor.person_id].email
