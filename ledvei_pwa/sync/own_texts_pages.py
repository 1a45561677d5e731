"""`/my-texts`: everything that one has written, from the server, as one file, for a fresh proof of who it is.

Whoever has got hold of a signed-in browser must not get every text with it: reading on a device needs a
credential that lies locked there (docs/sync-protocol.md), and here the proof stands in its place.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import in_oslo
from ledvei_pwa.platform.sessions import fresh, signed_in, signed_in_actor
from ledvei_pwa.sync.own_texts import own_texts

pages = Blueprint("own_texts", __name__)


@pages.get("/my-texts")
@fresh
@signed_in
def ask() -> ResponseReturnValue:
    return render_template("own_texts/ask.html")


@pages.post("/my-texts")
@fresh
@signed_in
def fetch() -> ResponseReturnValue:
    return _as_file(signed_in_actor())


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
