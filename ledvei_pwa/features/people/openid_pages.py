"""Signing in elsewhere (OpenID Connect): the way there, the way back, and whether an account is one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import openid, openid_links
from ledvei_pwa.features.people.accounts import Entrant
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.people.openid import Arrived, Journey, ProviderCard, Purpose
from ledvei_pwa.features.people.openid_links import Found
from ledvei_pwa.features.people.sign_in_pages import let_in, remember_language
from ledvei_pwa.kernel.outcome import Outcome, refused
from ledvei_pwa.platform import attempts, i18n, sessions
from ledvei_pwa.platform.i18n import LazyText, current_language, lazy_gettext, ngettext
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import (
    Strength,
    current_actor,
    fresh,
    public,
    safe_next,
    signed_in,
    signed_in_actor,
)

pages = Blueprint("openid", __name__)

JOURNEY: Final = "openid"  # in the cookie, while the browser is elsewhere
FOUND: Final = "openid_found"  # in the cookie, until the person says whether it is theirs
COMING_IN: Final = (Purpose.SIGN_IN, Purpose.INVITATION)

TOLD: Final[dict[str, LazyText]] = {
    "away": lazy_gettext("The place where you sign in did not answer. Wait a little, or use another way."),
    "stale": lazy_gettext("This took too long, or was sent twice. Try once more."),
    "stopped": lazy_gettext("You stopped on the way. Try again when you are ready, or sign in another way."),
    "not_believed": lazy_gettext("What came back did not fit what we asked. Try once more, or another way."),
    "nobody": lazy_gettext(
        "That sign-in opens no account here yet. Do you have one? Sign in as before, and connect it under "
        "“My sign-in”. If not, ask your leader."
    ),
    "link_unusable": lazy_gettext("The link cannot be used any more. Ask your leader for a new one."),
    "taken": lazy_gettext("That sign-in is connected to an account here already."),
    "not_you": lazy_gettext("That did not show who you are as it must here. Try once more, or another way."),
}


# --- the way there: by a button, so that no address alone leads anybody through a provider ---------


@pages.post("/sign-in/with/<string:provider_id>")
@public
def sign_in_elsewhere(provider_id: str) -> ResponseReturnValue:
    onward = safe_next(request.form.get("next")) or ""
    if not openid.name_of(provider_id):
        abort(404)
    if current_actor():
        return redirect(onward or "/")
    return _set_out(provider_id, Purpose.SIGN_IN, onward=onward)


@pages.post("/invitation/<string:token>/with/<string:provider_id>")
@public
def accept_elsewhere(token: str, provider_id: str) -> ResponseReturnValue:
    card = openid.provider_for_invitation(token, now=datetime.now(UTC))
    if card is None or card.id != provider_id:
        abort(404)
    return _set_out(provider_id, Purpose.INVITATION, invitation=token)


@pages.post("/my-sign-in/with/<string:provider_id>")
@fresh
@signed_in
def connect_elsewhere(provider_id: str) -> ResponseReturnValue:
    _own_provider(provider_id)
    return _set_out(provider_id, Purpose.CONNECT, person_id=signed_in_actor().person_id)


@pages.post("/prove/with/<string:provider_id>")
@signed_in
def prove_elsewhere(provider_id: str) -> ResponseReturnValue:
    _own_provider(provider_id)
    onward = safe_next(request.form.get("next")) or ""
    return _set_out(provider_id, Purpose.PROOF, onward=onward, person_id=signed_in_actor().person_id)


def _set_out(provider_id: str, purpose: Purpose, **kept: str) -> ResponseReturnValue:
    """A page that goes on by itself: most browsers let no form of ours lead elsewhere (CSP `form-action`)."""
    outcome = openid.set_out(
        provider_id, purpose, language=str(current_language()), now=datetime.now(UTC), **kept
    )
    if not outcome.ok or outcome.value is None:
        return _turn_back(Journey("", provider_id, purpose, 0.0, **kept), outcome)
    journey, address = outcome.value
    session[JOURNEY] = journey.as_kept()
    name = openid.name_of(provider_id)
    page = render_template("people/elsewhere.html", name=name, address=address)
    return page, 200, {"Refresh": f"0; url={address}"}


# --- the way back ---------------------------------------------------------------------------------


@pages.get("/sign-in/with/<string:provider_id>/back")
@public
def come_back(provider_id: str) -> ResponseReturnValue:
    now, journey = datetime.now(UTC), openid.read_kept(session.pop(JOURNEY, None))
    network = attempts.network_of(request.remote_addr)
    outcome = openid.come_back(journey, provider_id, request.args.to_dict(), address=network, now=now)
    if journey is None or not outcome.ok or outcome.value is None:
        return _turn_back(journey, outcome)
    arrive = {
        Purpose.SIGN_IN: _sign_in,
        Purpose.INVITATION: _ask_whether_mine,
        Purpose.CONNECT: _ask_whether_mine_too,
        Purpose.PROOF: _prove,
    }
    return arrive[journey.purpose](journey, outcome.value, now)


def _sign_in(journey: Journey, arrived: Arrived, now: datetime) -> ResponseReturnValue:
    outcome = openid.find_entrant(arrived, now=now)
    if not outcome.ok or outcome.value is None:
        return _ask_whether_mine(journey, arrived, now)
    return _let_in(outcome.value.person, is_whole=arrived.is_whole, onward=journey.onward)


def _let_in(person: PersonCard, *, is_whole: bool, onward: str) -> ResponseReturnValue:
    strength, next_path = openid.strength_of(is_whole=is_whole), safe_next(onward)
    if strength is not Strength.PASSWORD:
        return let_in(person, strength, next_path)
    sessions.sign_in(person, strength)  # it stands for the password, and a second step is left
    i18n.forget_language()
    second = url_for("sign_in.second_step_page", next=next_path)
    return remember_language(make_response(redirect(second)), person.language)


def _ask_whether_mine_too(journey: Journey, arrived: Arrived, now: datetime) -> ResponseReturnValue:
    if not _is_still(journey) or not arrived.is_again:
        return _turn_back(journey, None, "not_you")
    return _ask_whether_mine(journey, arrived, now)


def _ask_whether_mine(journey: Journey, arrived: Arrived, now: datetime) -> ResponseReturnValue:
    """Before anything is connected: an address or a link from somebody else may have led them here."""
    outcome = openid_links.find(journey, arrived, now=now)
    if not outcome.ok or outcome.value is None:
        return _turn_back(journey, outcome)
    session[FOUND] = outcome.value.as_kept()
    page = "openid.is_mine_too" if journey.purpose is Purpose.CONNECT else "openid.is_mine"
    return redirect(url_for(page, provider_id=journey.provider_id))


def _prove(journey: Journey, arrived: Arrived, now: datetime) -> ResponseReturnValue:
    is_them = _is_still(journey) and openid.shows_person_again(arrived, journey.person_id, now=now)
    if not is_them:
        return _turn_back(journey, None, "not_you")
    sessions.prove(Strength.PROVIDER, now=now)
    onward = safe_next(journey.onward)
    if onward is None:  # what they wrote stands in another tab
        flash(_("That showed who you are. Go back to the tab where you wrote, and press “Go on”."))
    return redirect(onward or "/my-sign-in")


def _is_still(journey: Journey) -> bool:
    """Whether whoever set out is signed in here yet."""
    actor = current_actor()
    return actor is not None and actor.person_id == journey.person_id


def _turn_back(
    journey: Journey | None, outcome: Outcome[Any] | None, reason: str = ""
) -> ResponseReturnValue:
    """To where they came from, where the other ways in are; with what happened, and what they can do."""
    reason = reason or (outcome.reason if outcome else "")
    if reason == "wait" and outcome:
        seconds = int(outcome.fields["seconds"])
        text = ngettext(
            "There have been several wrong tries. Wait %(count)s second, and try again.",
            "There have been several wrong tries. Wait %(count)s seconds, and try again.",
            seconds,
        )
    else:
        text = str(TOLD.get(reason, TOLD["not_believed"]))
    flash(text, "warm")
    return redirect(_came_from(journey))


def _came_from(journey: Journey | None) -> str:
    if journey and journey.purpose is Purpose.INVITATION:
        return url_for("sign_in.invitation_page", token=journey.invitation)
    if journey and journey.purpose is Purpose.PROOF:
        return url_for("factors.prove_page", next=safe_next(journey.onward))
    if journey and journey.purpose is Purpose.CONNECT:
        return url_for("factors.my_sign_in")
    return url_for("sign_in.sign_in_page", next=safe_next(journey.onward) if journey else None)


# --- whose account it is --------------------------------------------------------------------------


@pages.get("/sign-in/with/<string:provider_id>/mine")
@public
def is_mine(provider_id: str) -> ResponseReturnValue:
    yes = url_for("openid.mine", provider_id=provider_id)
    return _show_whether_mine(provider_id, _found(provider_id, *COMING_IN), yes)


@pages.post("/sign-in/with/<string:provider_id>/mine")
@public
def mine(provider_id: str) -> ResponseReturnValue:
    found, journey = _found(provider_id, *COMING_IN), _journey_found()
    outcome = _connect(found)
    if found is None or not outcome.ok or outcome.value is None:
        return _turn_back(journey, outcome)
    return _let_in(outcome.value.person, is_whole=found.is_whole, onward=found.onward)


@pages.get("/my-sign-in/with/<string:provider_id>/mine")
@fresh
@signed_in
def is_mine_too(provider_id: str) -> ResponseReturnValue:
    _own_provider(provider_id)
    yes = url_for("openid.mine_too", provider_id=provider_id)
    return _show_whether_mine(provider_id, _found(provider_id, Purpose.CONNECT), yes)


@pages.post("/my-sign-in/with/<string:provider_id>/mine")
@fresh
@signed_in
def mine_too(provider_id: str) -> ResponseReturnValue:
    card, found = _own_provider(provider_id), _found(provider_id, Purpose.CONNECT)
    outcome = _connect(found)
    if not outcome.ok:
        return _turn_back(Journey("", provider_id, Purpose.CONNECT, 0.0), outcome)
    flash(_("You can sign in with %(name)s from now on.", name=card.name))
    return redirect("/my-sign-in")


@pages.post("/sign-in/with/<string:provider_id>/not-mine")
@public
def not_mine(provider_id: str) -> ResponseReturnValue:
    found, journey = _found(provider_id, *Purpose), _journey_found()
    account = openid_links.account_of(found, now=datetime.now(UTC)) if found else None
    session.pop(FOUND, None)
    if found is None or account is None:
        return _turn_back(journey, None, "stale")
    openid_links.say_not_mine(found)
    return render_template("people/not_mine.html", account=account, purpose=found.purpose.value)


def _show_whether_mine(provider_id: str, found: Found | None, yes: str) -> ResponseReturnValue:
    account = openid_links.account_of(found, now=datetime.now(UTC)) if found else None
    if found is None or account is None:
        return _turn_back(_journey_found(), None, "stale")
    no = url_for("openid.not_mine", provider_id=provider_id)
    return render_template("people/mine.html", account=account, shown=found.shown, yes=yes, no=no)


def _connect(found: Found | None) -> Outcome[Entrant]:
    session.pop(FOUND, None)
    return openid_links.connect(found, now=datetime.now(UTC)) if found else refused("stale")


def _found(provider_id: str, *purposes: Purpose) -> Found | None:
    """What the provider told a moment ago, in this browser; of one's own account, to whoever is in."""
    found, actor = openid_links.read_found(session.get(FOUND)), current_actor()
    if found is None or found.purpose not in purposes:
        return None
    is_own = actor is not None and actor.person_id == found.person_id
    is_theirs = is_own or found.purpose is not Purpose.CONNECT
    return found if is_theirs and found.is_still_good(provider_id, datetime.now(UTC)) else None


def _journey_found() -> Journey | None:
    """What they set out for, to be turned back from it."""
    found = openid_links.read_found(session.get(FOUND))
    if found is None:
        return None
    return Journey("", found.provider_id, found.purpose, found.at, found.onward, invitation=found.invitation)


# --- one's own connection -------------------------------------------------------------------------


@pages.post("/my-sign-in/with/<string:provider_id>/remove")
@fresh
@signed_in
def disconnect(provider_id: str) -> ResponseReturnValue:
    card = _own_provider(provider_id)
    if openid.disconnect(signed_in_actor().person_id, card.id, now=datetime.now(UTC)).ok:
        flash(_("%(name)s opens your account no more.", name=card.name))
    else:
        flash(_("This is your only way in. Add another one first."), "warm")
    return redirect("/my-sign-in")


def _own_provider(provider_id: str) -> ProviderCard:
    """Another service's is no one's business here."""
    card = openid.provider_for(provider_id, signed_in_actor().service_id)
    if card is None:
        abort(404)
    return card
