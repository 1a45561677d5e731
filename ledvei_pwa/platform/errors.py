"""What people and devices read when something is wrong: a calm page, or JSON with a code and a text."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import current_language, lazy_gettext, speaking, spoken_by_browser
from ledvei_pwa.platform.i18n import gettext as _

log = structlog.get_logger(__name__)
_TELLER: Final = "ledvei_tell_of_refusal"
AWAY_FOR: Final = 30  # seconds: how long whoever asks is told to wait
TellOfRefusal = Callable[[HTTPException], None]

TEXTS: Final = {
    400: ("malformed", lazy_gettext("This could not be understood.")),
    403: ("no_access", lazy_gettext("You do not have access to this.")),
    404: ("not_found", lazy_gettext("This does not exist.")),
    405: ("wrong_method", lazy_gettext("This cannot be done here.")),
    413: ("too_large", lazy_gettext("This is too large to be sent.")),
    415: ("not_json", lazy_gettext("This could not be understood.")),
    429: ("too_many", lazy_gettext("That was too many times in a row. Wait a little and try again.")),
}
PAGES: Final = {400, 403, 404, 413, 429, 500}


class CalmJson(DefaultJSONProvider):
    """Reads JSON as Flask does. What is nested too deeply to be read is no JSON, and no failure of ours."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        try:
            return super().loads(s, **options)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def init_app(app: Flask) -> None:
    app.json = CalmJson(app)
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(InternalServerError, answer_failure)
    app.log_exception = log_failure  # type: ignore[method-assign, assignment]  # Flask's own writes path and words


def tell_of_refusals_with(app: Flask, tell: TellOfRefusal) -> None:
    """`tell(error)` writes down who was refused: this knows what was answered, and not who asked."""
    app.extensions[_TELLER] = tell


def answer(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    if tell := current_app.extensions.get(_TELLER):
        tell(error)
    ways = _ways_that_are_there(error)
    if request.path.startswith("/api/"):
        return (*answer_device(error.code), ways)
    page = error.code if error.code in PAGES else 400
    return render_template(f"errors/{page}.html"), error.code, ways


def _ways_that_are_there(error: HTTPException) -> dict[str, str]:
    """Of what was asked for in another way than it can be (RFC 9110 §15.5.6)."""
    ways = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return {"Allow": ", ".join(sorted(ways))} if ways else {}


def answer_failure(error: InternalServerError) -> ResponseReturnValue:
    """Something of ours failed. What was half written is taken back; the log has the rest."""
    if is_away(error.original_exception):
        return answer_away()
    db.session.rollback()
    if request.path.startswith("/api/"):
        return jsonify(error="failed", text=_("Something went wrong here. It will be tried again.")), 500
    return render_template("errors/500.html"), 500


def is_away(error: BaseException | None) -> bool:
    """Whether the database could not be reached, or could not do its work just now."""
    broken_off = isinstance(error, DBAPIError) and error.connection_invalidated
    return broken_off or isinstance(error, (OperationalError, InterfaceError, NoConnectionInTime))


def answer_away() -> ResponseReturnValue:
    """Nothing here may ask the database: not who it is, nor which language that person speaks."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
    with speaking(spoken_by_browser()):
        told = {
            "Retry-After": str(AWAY_FOR),
            "Cache-Control": "no-store",
            "Content-Language": current_language(),
        }
        if request.path.startswith("/api/"):
            text = _("The server is away for a moment. What is not sent is kept, and it is tried again.")
            return jsonify(error="away", text=text), 503, told
        # Not by `render_template`, which asks who is signed in.
        page = current_app.jinja_env.get_template("errors/503.html")
        return page.render(actor=None, language=current_language()), 503, told


def answer_device(code: int) -> tuple[Response, int]:
    name, text = TEXTS.get(code, TEXTS[400])
    return jsonify(error=name, text=str(text)), code


def log_failure(
    failure: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None],
) -> None:
    """What failed and where. Never the address, which may hold a one-time link, nor the error's words."""
    error = failure[1]
    if error is not None:
        log.error("request_failed", endpoint=request.endpoint, **without_content(error))


def on_one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No sign in a line of the log begins another line or tells a terminal what to do (CWE-117)."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = value.encode("unicode_escape").decode()
    return event


def without_content(error: BaseException) -> dict[str, object]:
    """The kind of error and where it happened. Its message could hold a row's values."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames[-6:]]
    return {"error": type(error).__name__, "places": places}
