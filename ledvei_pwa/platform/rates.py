"""How often one may ask, so that neither a browser gone wild nor a stranger takes the server from others.

Counted is what changes or carries something away: everything but GET. By whom, as far as it is PROVED: by
the person who is signed in, else by the device whose credential came along, else by the sign-in that is on
its way, and only for strangers by their network. What anybody could claim, a device's id or an e-mail,
counts nobody: so nobody can use up what is another's. The way in has a patience of its own
(platform/attempts.py), which knows a person where they have been before; it is not counted twice. Signing
out and closing a lost device are never refused.

The reckoning, for each minute. The largest service that we know has 250 people behind one municipal
address, and they may all come back on-line at once, with 200 waiting operations each:
- A phone sends 200 operations in 1 to 25 requests, by how good its line is, or in 201 when its batches must
  be halved to one; and fetches eight weeks of news in fewer than 10. 240 for each person never stops it,
  and is 4 a second for a browser gone wild. What 250 people do adds up to nothing: each is counted alone,
  signed in or not.
- Strangers of one network share 3,000: after a restored backup the server may know none of 250 phones, and
  each asks a few times before it registers again. That is 12 for each. Who is stopped is told when to come
  again, and keeps what waits.
- 120 forms are two a second: a leader who invites everybody by hand does not come near it. 600 strangers:
  all 250 choose their language at once, and change their minds.

A limit never lasts longer than its minute. With Redis the processes count together, else each by itself.
When Redis is away each counts by itself meanwhile: nobody is turned away for that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from flask import Flask, Response, current_app, g, make_response, request
from flask_limiter import Limit, Limiter, RateLimitExceeded, RequestLimit

from ledvei_pwa.platform import errors, sessions
from ledvei_pwa.platform.attempts import key_of, network_of
from ledvei_pwa.settings import Settings

LONGEST_WAIT: Final = 60  # seconds; the window
REDIS_PATIENCE: Final = 0.5  # seconds; a Redis that hangs must not hold up a request for longer
_EXTENSION: Final = "ledvei_rates"
_RECOGNISERS: Final = "ledvei_rate_recognisers"
_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Recognise = Callable[[], str | None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rate:
    """Requests a minute: for each person, device or sign-in; for all strangers of one network together."""

    each: int
    strangers: int


FORMS: Final = Rate(each=120, strangers=600)
OTHER_API: Final = Rate(each=120, strangers=600)
RATES: Final[Mapping[str, Rate]] = {
    "sync.sync": Rate(each=240, strangers=3000),
    "devices.register_device": Rate(each=20, strangers=20),
    "push.subscribe": Rate(each=30, strangers=30),
    "push.unsubscribe": Rate(each=30, strangers=30),
    # These open everything that one has ever written, or all that was ever logged.
    "own_texts.fetch": Rate(each=6, strangers=6),
    "own_texts.fetch_everything": Rate(each=6, strangers=6),
    "log.export": Rate(each=6, strangers=6),
}
NEVER_REFUSED: Final = frozenset(
    {
        # The way in: platform/attempts.py counts there, or what is asked for cannot be guessed.
        "sign_in.sign_in",
        "sign_in.sign_in_with_passkey",
        "sign_in.sign_in_with_recovery_code",
        "sign_in.second_step",
        "sign_in.accept_invitation",
        "sign_in.accept_with_passkey",
        "factors.set_up_code_app",
        "factors.set_up_passkey",
        "factors.prove",
        "reentry.open_by_code",
        "reentry.open_by_passkey",
        # The way out, and what shuts a thief out.
        "sign_in.sign_out",
        "sign_in.sign_out_everywhere",
        "devices.sign_out",
        "devices.end_sign_in",
        "devices.revoke_device",
        "reentry.stop",
    }
)


def init_app(app: Flask, settings: Settings) -> None:
    """After the sessions' guard: what it turns away is not counted, and who asks is known."""
    limiter = Limiter(
        _key,
        default_limits=[Limit(_limit_now, scope=_bucket, shared=True)],
        strategy="fixed-window",
        storage_uri=_storage_address(settings.redis_url),
        storage_options=_storage_options(settings.redis_url),
        in_memory_fallback_enabled=True,
        swallow_errors=True,  # a limit that cannot be counted is no reason to turn anybody away
        on_breach=_tell,
        enabled=settings.limit_rates,
    )
    limiter.logger = _limiters_log()
    app.extensions[_EXTENSION] = limiter
    app.extensions[_RECOGNISERS] = {}
    app.before_request(_notice_who)
    app.register_error_handler(RateLimitExceeded, _answer)
    limiter.init_app(app)


def recognise_with(app: Flask, endpoint: str, recognise: Recognise) -> None:
    """`recognise()` gives the id of the device that has proved itself by what this endpoint was sent.

    Asked when nobody is signed in. It answers None to what is only claimed.
    """
    app.extensions[_RECOGNISERS][endpoint] = recognise


def forget_rates(app: Flask) -> None:
    """Begin to count anew."""
    cast("Limiter", app.extensions[_EXTENSION]).reset()


def rate_of(endpoint: str, *, is_api: bool) -> Rate | None:
    """None: never refused."""
    if endpoint in NEVER_REFUSED:
        return None
    return RATES.get(endpoint, OTHER_API if is_api else FORMS)


def _rate_now() -> Rate | None:
    if request.endpoint is None or request.method in _CHANGES_NOTHING:
        return None
    return rate_of(request.endpoint, is_api=request.path.startswith("/api/"))


def _limit_now() -> str:
    rate = _rate_now()
    if rate is None:
        return ""
    amount = rate.strangers if _counted_as()[0] == "address" else rate.each
    return f"{amount}/minute"


def _bucket(endpoint: str) -> str:
    """What has no rate of its own shares one: a hundred kinds of forms are not a hundred limits."""
    if endpoint in RATES:
        return endpoint
    return "api" if request.path.startswith("/api/") else "forms"


def _key() -> str:
    """Redis holds no address and no id."""
    return key_of("rate", *_counted_as())


def _notice_who() -> None:
    """Before it is counted, and here: what fails in it fails as every request does."""
    if _rate_now() is not None:
        g.ledvei_counted_as = _who()


def _who() -> tuple[str, str]:
    if actor := sessions.current_actor():
        return "person", actor.person_id
    recognise = cast("Recognise | None", current_app.extensions[_RECOGNISERS].get(request.endpoint))
    if recognise and (device_id := recognise()):
        return "device", device_id
    # With half a sign-in one has not proved to be the person: it must use up nothing of theirs.
    if sign_in_id := sessions.current_session_id():
        return "sign-in", sign_in_id
    return "address", network_of(request.remote_addr)


def _counted_as() -> tuple[str, str]:
    return cast("tuple[str, str]", g.ledvei_counted_as)


# --- being refused ------------------------------------------------------------------------------------------


def _tell(_limit: RequestLimit) -> None:
    log.warning("rate_reached", endpoint=request.endpoint, counted_as=_counted_as()[0])


def _answer(refusal: RateLimitExceeded) -> Response:
    """The calm page, or JSON; and when to come again (RFC 6585 §4), which a device keeps to."""
    response = make_response(errors.answer(refusal))
    response.headers["Retry-After"] = str(_seconds_left())
    response.headers["Cache-Control"] = "no-store"
    return response


def _seconds_left() -> int:
    limiter = cast("Limiter", current_app.extensions[_EXTENSION])
    try:
        left = limiter.current_limit.reset_at - time.time() if limiter.current_limit else LONGEST_WAIT
    except Exception:  # Redis has gone since
        return LONGEST_WAIT
    return min(max(int(left), 1), LONGEST_WAIT)


# --- where it is counted ------------------------------------------------------------------------------------


def _storage_address(redis_url: str) -> str:
    if not redis_url:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url


def _storage_options(redis_url: str) -> dict[str, Any]:
    """Redis is asked once and not for long; Flask-Limiter looks now and then whether it is back."""
    if not redis_url:
        return {}
    from redis.backoff import NoBackoff  # an extra: only with Redis
    from redis.retry import Retry

    waits = {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE}
    return {**waits, "retry": Retry(NoBackoff(), 0)}


class _Telling(logging.Handler):
    """What Flask-Limiter says of its storage, in our log's words, without its keys."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            problem = record.exc_info[1] if record.exc_info else None
            log.error("rates_not_counted", **(errors.without_content(problem) if problem else {}))
        elif record.levelno == logging.WARNING:
            log.warning("rates_storage_away")
        elif "recovered" in str(record.msg):
            log.warning("rates_storage_back")


def _limiters_log() -> logging.Logger:
    logger = logging.getLogger("ledvei.rates")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.handlers = [_Telling()]
    return logger
