"""An account that waits to open after somebody else's link: until when, how to open or to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import factors, passkeys, reentries
from ledvei_pwa.features.people.asking import persons_by_ids
from ledvei_pwa.features.people.factors import Proof
from ledvei_pwa.features.people.forms import EarlierForm
from ledvei_pwa.features.people.reentries import Opened
from ledvei_pwa.features.people.sign_in_pages import NOT_TAKEN, known_browser, refuse_try, sent_answer
from ledvei_pwa.platform import attempts, sessions
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import (
    current_actor,
    fresh,
    signed_in,
    signed_in_actor,
    while_waiting,
)

pages = Blueprint("reentry", __name__)

EARLIER = "earlier"  # the purpose of a passkey that the account had before


@dataclass(frozen=True)
class Waiting:
    """What the account's person is told of a link that waits."""

    id: str
    made_by: str | None  # a name; None: whoever runs the server
    browser: str
    used_at: datetime
    opens_at: datetime


def waiting_for(person_id: str) -> Waiting | None:
    found = reentries.waiting_reentry(person_id)
    if found is None:
        return None
    maker = persons_by_ids([found.made_by]).get(found.made_by) if found.made_by else None
    return Waiting(found.id, maker.name if maker else None, found.browser, found.used_at, found.opens_at)


# --- whoever waits --------------------------------------------------------------------------------


@pages.get("/waiting")
@while_waiting
@signed_in
def waiting_page() -> ResponseReturnValue:
    return _send_on() or _show(EarlierForm(formdata=None))


@pages.post("/waiting")
@while_waiting
@signed_in
def open_by_code() -> ResponseReturnValue:
    """Something that the account knew before: a recovery code, or password and code."""
    sent_on = _send_on()
    if sent_on:
        return sent_on
    form, person_id, now = EarlierForm(), signed_in_actor().person_id, datetime.now(UTC)
    if not form.validate():
        return _show(form), 400
    network = attempts.network_of(request.remote_addr)
    proof = Proof(form.password.data or "", form.code.data, network, known_browser().knows(person_id))
    outcome = factors.check_earlier(person_id, proof, now=now)
    if not outcome.ok:
        wrong = _("That does not fit what the account had before. Look again, or wait: it opens by itself.")
        return refuse_try(outcome, wrong, lambda problem: _show(form, problem))
    return _open(person_id, now)


@pages.get("/waiting/passkey-options")
@while_waiting
@signed_in
def earlier_passkey_options() -> ResponseReturnValue:
    """For any passkey: which ones the account had is not told to whoever holds a link."""
    return jsonify(passkeys.options_to_use(EARLIER, sessions.current_session_id() or ""))


@pages.post("/waiting/passkey")
@while_waiting
@signed_in
def open_by_passkey() -> ResponseReturnValue:
    sent_on = _send_on()
    if sent_on:
        return sent_on
    person_id, now = signed_in_actor().person_id, datetime.now(UTC)
    bound = sessions.current_session_id() or ""
    used = passkeys.check_used(EARLIER, bound, sent_answer(), only_of=person_id, now=now)
    if not used.ok:
        return _show(EarlierForm(formdata=None), str(NOT_TAKEN[used.reason])), 401
    return _open(person_id, now)


def _send_on() -> ResponseReturnValue | None:
    """Whoever is in already has nothing to wait for here."""
    return redirect("/devices") if current_actor() else None


def _open(person_id: str, now: datetime) -> ResponseReturnValue:
    reentry_id = sessions.current_reentry_id() or ""
    if reentries.open_now(person_id, reentry_id, Opened.FACTOR, now=now).ok:
        flash(_("Your account is open. Make new recovery codes here, and put them in a safe place."))
    return redirect("/my-sign-in")


def _show(form: EarlierForm, problem: str = "") -> str:
    opens_at = sessions.opens_at()
    return render_template("people/waiting.html", form=form, problem=problem, opens_at=opens_at)


# --- whoever has the account ----------------------------------------------------------------------


@pages.post("/devices/links/<string:reentry_id>/stop")
@signed_in
def stop(reentry_id: str) -> ResponseReturnValue:
    """One tap: nobody who is frightened is asked for a code first. What it costs is a new link."""
    if not reentries.stop(signed_in_actor().person_id, reentry_id, now=datetime.now(UTC)).ok:
        abort(404)
    flash(_("It is stopped. The link opens nothing any more, and nobody came to your texts by it."))
    return redirect("/devices")


@pages.get("/devices/links/<string:reentry_id>/confirm")
@fresh
@signed_in
def ask_before_confirming(reentry_id: str) -> ResponseReturnValue:
    return render_template("people/confirm_link.html", waiting=_own(reentry_id))


@pages.post("/devices/links/<string:reentry_id>/confirm")
@fresh
@signed_in
def confirm(reentry_id: str) -> ResponseReturnValue:
    person_id, now = signed_in_actor().person_id, datetime.now(UTC)
    if not reentries.open_now(person_id, reentry_id, Opened.PERSON, now=now).ok:
        abort(404)
    flash(_("The other one is open now. Sign in here with what you chose there."))
    return redirect("/sign-in")


def _own(reentry_id: str) -> Waiting:
    waiting = waiting_for(signed_in_actor().person_id)
    if waiting is None or waiting.id != reentry_id:
        abort(404)
    return waiting
