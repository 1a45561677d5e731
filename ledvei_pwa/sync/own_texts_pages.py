"""`/my-texts`: everything that one has written, from the server, as one file. Asked for with the password.

Whoever has got hold of a signed-in browser must not get every text with it: reading on a device needs a
credential that lies locked there (docs/sync-protocol.md), and here the password stands in its place.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import DataRequired, Length

from ledvei_pwa.features.people import accounts
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.forms import PageForm
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.outcome import Outcome
from ledvei_pwa.platform import attempts
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import in_oslo, lazy_gettext, ngettext
from ledvei_pwa.platform.sessions import signed_in, signed_in_actor
from ledvei_pwa.sync.own_texts import own_texts

pages = Blueprint("own_texts", __name__)


class PasswordAgainForm(PageForm):
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[DataRequired(lazy_gettext("Write your password.")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


@pages.get("/my-texts")
@signed_in
def ask() -> ResponseReturnValue:
    return _show(PasswordAgainForm(formdata=None))


@pages.post("/my-texts")
@signed_in
def fetch() -> ResponseReturnValue:
    actor = signed_in_actor()
    if _has_no_password(actor):
        return _as_file(actor)
    form = PasswordAgainForm()
    if not form.validate():
        return _show(form), 400
    address = attempts.network_of(request.remote_addr)
    outcome = accounts.check_own_password(
        actor.person_id, form.password.data, address=address, now=datetime.now(UTC)
    )
    return _as_file(actor) if outcome.ok else _refuse(form, outcome)


def _has_no_password(actor: Actor) -> bool:
    """The demo's people are invented, and come in by a link."""
    service = people.service_of(actor.service_id)
    return bool(service and service.is_demo)


def _show(form: PasswordAgainForm, problem: str = "") -> str:
    is_asked = not _has_no_password(signed_in_actor())
    return render_template("own_texts/ask.html", form=form, problem=problem, is_asked=is_asked)


def _refuse(form: PasswordAgainForm, outcome: Outcome[Any]) -> ResponseReturnValue:
    if outcome.reason != "wait":
        return _show(form, _("That is not your password. Try once more.")), 401
    seconds = int(outcome.fields["seconds"])
    problem = ngettext(
        "There have been several wrong tries. Wait %(count)s second, and try again.",
        "There have been several wrong tries. Wait %(count)s seconds, and try again.",
        seconds,
    )
    return _show(form, problem), 429, {"Retry-After": str(seconds)}


def _as_file(actor: Actor) -> Response:
    """Made whole before the first byte leaves: half a file would look like all of it."""
    now = datetime.now(UTC)
    service = people.service_of(actor.service_id)
    texts = list(own_texts(actor.person_id))
    response = make_response(
        render_template(
            "own_texts/file.html",
            name=actor.name,
            service=service.name if service else "",
            made_at=now,
            written=[text for text in texts if text.removed_at is None],
            removed=[text for text in texts if text.removed_at is not None],
        )
    )
    name = f"{_('my-texts-in-ledvei')}-{in_oslo(now):%Y-%m-%d}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
