"""`/my-texts`: what one has written, or all that is kept about one, as a file, for a fresh proof of who.

Whoever has got hold of a signed-in browser must not get every text with it: reading on a device needs a
credential that lies locked there (docs/sync-protocol.md), and here the proof stands in its place.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import in_oslo
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import fresh, signed_in, signed_in_actor
from ledvei_pwa.sync.own_data import own_data
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
    now = datetime.now(UTC)
    _note(Deed.OWN_TEXTS_TAKEN_OUT, now)
    return _as_file(signed_in_actor(), now)


@pages.post("/my-texts/json")
@fresh
@signed_in
def fetch_everything() -> ResponseReturnValue:
    """All that is kept about oneself, for machines; streamed, for it may be long."""
    now = datetime.now(UTC)
    _note(Deed.OWN_DATA_TAKEN_OUT, now)
    response = Response(stream_with_context(own_data(signed_in_actor(), now)), mimetype="application/json")
    return _to_save(response, _("all-about-me-in-ledvei"), "json", now)


def _note(deed: Deed, now: datetime) -> None:
    """Whoever finds a file taken out in their own log, and did not do it, knows that something is wrong."""
    actor = signed_in_actor()
    audit.record(actor.service_id, deed, ("person", actor.person_id), by=actor.person_id, at=now)
    db.session.commit()


def _to_save(response: Response, name: str, ending: str, now: datetime) -> Response:
    filename = f"{name}-{in_oslo(now):%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _as_file(actor: Actor, now: datetime) -> Response:
    """Made whole before the first byte leaves: half a file would look like all of it."""
    service = people.service_of(actor.service_id)
    texts = list(own_texts(actor.person_id))
    response = make_response(
        render_template(
            "own_texts/file.html",
            name=actor.name,
            service=service.name if service else "",
            made_at=now,
            everything_at=f"{house().settings.base_url}/my-texts",
            written=[text for text in texts if text.removed_at is None],
            removed=[text for text in texts if text.removed_at is not None],
        )
    )
    return _to_save(response, _("my-texts-in-ledvei"), "html", now)
