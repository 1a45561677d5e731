"""`/my-log`: what has been done with one's own account, and who has had one's own texts."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ledvei_pwa.features.log import actions as log
from ledvei_pwa.features.people import accounts
from ledvei_pwa.platform.sessions import signed_in, signed_in_actor
from ledvei_pwa.sync.own_log import texts_read

pages = Blueprint("own_log", __name__)
LARGEST_NUMBER = 2**31 - 1


@pages.get("/my-log")
@signed_in
def account() -> ResponseReturnValue:
    before = _number("before")
    found = log.lines_about(signed_in_actor(), before=before)
    tries = accounts.wrong_tries_of(signed_in_actor().person_id, now=datetime.now(UTC))
    return render_template("log/account.html", found=found, is_first=before is None, tries=tries)


@pages.get("/my-log/texts")
@signed_in
def texts() -> ResponseReturnValue:
    actor = signed_in_actor()
    found = texts_read(actor.person_id, actor.service_id, _number("page") or 1)
    return render_template("log/texts.html", found=found)


def _number(name: str) -> int | None:
    """None for what is no number."""
    text = request.args.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), LARGEST_NUMBER) if is_number else None
