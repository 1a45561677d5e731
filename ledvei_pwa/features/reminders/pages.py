"""The reminders page, and the addresses a browser gives for push."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.reminders import actions
from ledvei_pwa.features.reminders.forms import QuietHoursForm, TestReminderForm
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.sessions import signed_in, signed_in_actor
from ledvei_pwa.platform.written import is_id, is_plain_text

pages = Blueprint("reminders", __name__, url_prefix="/reminders")
api = Blueprint("push", __name__, url_prefix="/api/v1/push")

LARGEST_SUBSCRIPTION: Final = 8 * 1024  # bytes


# --- the page -----------------------------------------------------------------------------------------------


@pages.get("")
@signed_in
def list_reminders() -> str:
    actor = signed_in_actor()
    person = people.active_person(actor.person_id)
    return render_template(
        "reminders/list.html",
        form=QuietHoursForm(quiet_hours=person.quiet_hours if person else True, formdata=None),
        test_form=TestReminderForm(formdata=None),
        coming=actions.coming_reminders(actor),
        devices=actions.subscribed_devices(actor),
    )


@pages.post("/quiet-hours")
@signed_in
def choose_quiet_hours() -> ResponseReturnValue:
    form = QuietHoursForm()
    if form.validate_on_submit():
        actions.choose_quiet_hours(signed_in_actor(), bool(form.quiet_hours.data), now=datetime.now(UTC))
        flash(_("Your choice is saved, and the reminders to come follow it."), "calm")
    return redirect(url_for("reminders.list_reminders"))


@pages.post("/test")
@signed_in
def send_test() -> ResponseReturnValue:
    if TestReminderForm().validate_on_submit():
        outcome = actions.send_test(signed_in_actor())
        flash(*_say(outcome.reason))
    return redirect(url_for("reminders.list_reminders"))


def _say(reason: str) -> tuple[str, str]:
    if not reason:
        return _("A reminder is on its way to your devices. It can take a minute."), "calm"
    if reason == "no_device":
        return _("Allow reminders on a device first: open Me in the app."), "warm"
    return _("No device could be reached just now. Try again in a few minutes."), "warm"


# --- what a browser tells -----------------------------------------------------------------------------------


@api.post("")
@signed_in
def subscribe() -> ResponseReturnValue:
    sent = _sent_object()
    subscription = sent.get("subscription")
    keys = subscription.get("keys") if isinstance(subscription, dict) else None
    if not isinstance(subscription, dict) or not isinstance(keys, dict):
        return _refuse("malformed")
    texts = (sent.get("device"), subscription.get("endpoint"), keys.get("p256dh"), keys.get("auth"))
    device, endpoint, p256dh, auth = (_plain(text) for text in texts)
    if not (device and endpoint and p256dh and auth):
        return _refuse("malformed")
    outcome = actions.subscribe(signed_in_actor(), device, endpoint, p256dh, auth, now=datetime.now(UTC))
    return ({"ok": True}, 200) if outcome.ok else _refuse(outcome.reason)


@api.delete("")
@signed_in
def unsubscribe() -> ResponseReturnValue:
    device = _sent_object().get("device")
    if not is_id(device):
        return _refuse("malformed")
    actions.unsubscribe(signed_in_actor(), device)
    return {"ok": True}, 200


def _sent_object() -> dict[str, Any]:
    """The JSON object of the request; empty when it is something else."""
    if not request.is_json or (request.content_length or 0) > LARGEST_SUBSCRIPTION:
        return {}
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def _plain(value: object) -> str:
    """The text, or nothing when it is none that a database can be asked about."""
    return value if isinstance(value, str) and is_plain_text(value) else ""


def _refuse(reason: str) -> ResponseReturnValue:
    status = 403 if reason == "device_unknown" else 400
    return jsonify(error=reason, text=_("This browser could not be signed up for reminders.")), status
