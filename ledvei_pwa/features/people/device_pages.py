"""One's own sign-ins and devices, and how the app registers a device, tells a language and signs out."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import accounts, actions, reentry_pages, rules
from ledvei_pwa.features.people.actions import DeviceCard, NewDevice
from ledvei_pwa.features.people.forms import LANGUAGE_NAMES
from ledvei_pwa.features.people.sign_in_pages import remember_language
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.identifiers import has_identity_number
from ledvei_pwa.platform import sessions
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import public, signed_in, signed_in_actor, while_waiting
from ledvei_pwa.platform.written import is_id

pages = Blueprint("devices", __name__)

LONGEST_DEVICE_NAME = 80
MOST_REGISTERED = 50  # people with a vault in one browser


@pages.get("/devices")
@signed_in
def devices_page() -> ResponseReturnValue:
    actor = signed_in_actor()
    return render_template(
        "people/devices.html",
        sign_ins=sessions.sessions_of(actor.person_id, now=datetime.now(UTC)),
        this_sign_in=sessions.current_session_id(),
        devices=actions.devices_of_person(actor.person_id),
        links=accounts.invitations_made_for(actor.person_id),
        waiting=reentry_pages.waiting_for(actor.person_id),
        language_names=LANGUAGE_NAMES,
    )


@pages.post("/devices/sign-ins/<string:sign_in_id>/end")
@signed_in
def end_sign_in(sign_in_id: str) -> ResponseReturnValue:
    if not sessions.end_session(signed_in_actor().person_id, sign_in_id, now=datetime.now(UTC)):
        abort(404)
    flash(_("That sign-in is ended."))
    return redirect("/devices")


@pages.get("/devices/<string:device_id>/revoke")
@signed_in
def ask_before_revoking(device_id: str) -> ResponseReturnValue:
    device = next(
        (card for card in actions.devices_of_person(signed_in_actor().person_id) if card.id == device_id),
        None,
    )
    if device is None:
        abort(404)
    return render_template("people/revoke_device.html", device=device)


@pages.post("/devices/<string:device_id>/revoke")
@signed_in
def revoke_device(device_id: str) -> ResponseReturnValue:
    if not actions.revoke_device(signed_in_actor(), device_id, now=datetime.now(UTC)).ok:
        abort(404)
    flash(_("The device gets nothing more from Ledvei."))
    return redirect("/devices")


@pages.post("/api/v1/devices")
@while_waiting
@signed_in
def register_device() -> ResponseReturnValue:
    """Answer 201 with the device's credentials, which are shown this once, and the server's public keys."""
    problem = _problem_with_caller()
    if problem:
        return problem
    sent = request.get_json(silent=True)
    name = _device_name(sent)
    if name is None:
        return jsonify(error="malformed", text=_("Give the device a name of at most 80 characters.")), 400
    registered = _registered_before(sent)
    if registered is None:
        return jsonify(error="malformed", text=_("The server could not read this.")), 400
    actor, sign_in_id = signed_in_actor(), sessions.current_session_id()
    for device_id, epoch in registered:
        actions.notice_forgotten(actor, device_id, epoch, now=datetime.now(UTC))
    earlier = actions.device_of_sign_in(actor.person_id, sign_in_id)
    reentry_id = sessions.current_reentry_id()
    now = datetime.now(UTC)
    device = actions.register_device(actor, name, now=now, sign_in_id=sign_in_id, reentry_id=reentry_id)
    return jsonify(_answer(actor, device, earlier)), 201


@pages.post("/api/v1/language")
@while_waiting
@signed_in
def tell_language() -> ResponseReturnValue:
    """`{person, language}`: what the person has chosen on a device, at once or when it had a network again.

    The person is named because two may share a browser: who is signed in need not be the one who chose.
    """
    problem = _problem_with_caller()
    if problem:
        return problem
    sent = request.get_json(silent=True)
    person_id, language = (
        (sent.get("person"), sent.get("language")) if isinstance(sent, dict) else (None, None)
    )
    if not isinstance(person_id, str) or language not in rules.LANGUAGES:
        return jsonify(error="malformed", text=_("The server could not read this.")), 400
    if person_id != signed_in_actor().person_id:
        return jsonify(error="other_person", text=_("Somebody else is signed in here.")), 409
    actions.choose_language(person_id, language)
    return remember_language(make_response(jsonify(language=language)), language)


@pages.post("/api/v1/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Signing out twice is signing out."""
    problem = _problem_with_caller()
    if problem:
        return problem
    sessions.sign_out()
    return jsonify(signed_in=False)


def _problem_with_caller() -> ResponseReturnValue | None:
    """Another site's page cannot send this header without asking, and we never say yes (CORS preflight)."""
    if request.headers.get("X-Ledvei") == "1":
        return None
    return jsonify(error="cross_site", text=_("This must be sent from Ledvei itself.")), 403


def _device_name(sent: Any) -> str | None:
    name = sent.get("name") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not name.isprintable() or has_identity_number(name):
        return None
    name = name.strip()
    return name if 0 < len(name) <= LONGEST_DEVICE_NAME else None


def _registered_before(sent: Any) -> list[tuple[str, str]] | None:
    """The devices of this browser with the epochs they know. None when they cannot be read."""
    told = sent.get("registered", []) if isinstance(sent, dict) else None
    if not isinstance(told, list) or len(told) > MOST_REGISTERED:
        return None
    pairs = [(one.get("device"), one.get("epoch")) for one in told if isinstance(one, dict)]
    are_ids = all(is_id(part) for pair in pairs for part in pair)
    return [(str(device), str(epoch)) for device, epoch in pairs] if are_ids else None


def _answer(actor: Actor, device: NewDevice, earlier: DeviceCard | None) -> dict[str, Any]:
    service = actions.service_of(actor.service_id)
    if service is None:
        raise LookupError(actor.service_id)
    keys = house().keyring
    public_key = urlsafe_b64encode(keys.sealing_public).rstrip(b"=").decode()
    return {
        "device": device.id,
        "write": device.write,
        "read": device.read,
        "person": {"id": actor.person_id, "name": actor.name, "language": actor.language},
        "service": {"id": service.id, **service.shown()},
        "keys": {"id": keys.sealing_key_id, "public": public_key},
        "epoch": service.epoch,
        "vapid": keys.vapid_public,
        "earlier": _show_earlier(earlier) if earlier else None,
    }


def _show_earlier(device: DeviceCard) -> dict[str, Any]:
    """For the words "this browser was emptied": how the device was called and when it was last heard of."""
    contact = device.last_contact_at
    return {
        "name": device.name,
        "last_contact": contact.isoformat() if contact else None,
        "last_number": device.last_number,
    }
