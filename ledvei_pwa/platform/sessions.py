"""Who is signed in, and which routes they may use. The cookie holds only an opaque, signed token.

Every route carries one of `@public`, `@data_free`, `@on_the_way_in`, `@signed_in`, `@requires(…)`, or is
refused to all; `@fresh` beside the last two asks who it is once more, and `@while_waiting` opens one also to
whoever has come back by a link and waits for the account to open (docs/adr/0011).
The decorators only mark: the check is made in one place, before every request. There too everything that
changes something is refused when another site's page sent it: forms carry a token, `/api/` looks at headers.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from flask import (
    Flask,
    current_app,
    g,
    has_request_context,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import HTTPException

from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.platform import arrivals, audit, csrf, errors
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import Base, HasId, Id, UtcDateTime, db
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.registry import House, house
from ledvei_pwa.platform.row_security import EVERY_SERVICE, rows_of, see_rows_of

if TYPE_CHECKING:
    from ledvei_pwa.settings import Settings

IDLE_LIFE: Final = timedelta(hours=12)
ABSOLUTE_LIFE: Final = timedelta(days=30)
HALF_LIFE: Final = timedelta(minutes=30)  # of a sign-in whose second step is left
FRESH_FOR: Final = timedelta(minutes=10)  # so long one proof of who it is holds for what is dangerous
WAITING_PAGE: Final = "/waiting"
NOTE_CONTACT_EVERY: Final = timedelta(minutes=5)  # so that reading a page seldom writes to the database

_TOKEN: Final = "token"  # noqa: S105  # the name of the cookie's value that says who
_MARK: Final = "mark"
_LOADER: Final = "ledvei_load_actor"
_PROVER: Final = "ledvei_ask_for_proof"
_KEEPER: Final = "ledvei_when_it_opens"
_CSRF: Final = "ledvei_csrf"
_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

LoadActor = Callable[[str, datetime], Actor | None]
AskForProof = Callable[[], ResponseReturnValue | None]
WhenItOpens = Callable[[str, datetime], datetime | None]
View = TypeVar("View", bound=Callable[..., Any])


class SignedByKeyring(SecureCookieSessionInterface):
    """A process that serves on while the master key is replaced signs with the new one from then on."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        keyring = cast("House", app.extensions["ledvei"]).keyring
        app.config.update(SECRET_KEY=keyring.signing_key, SECRET_KEY_FALLBACKS=keyring.other_signing_keys)
        return super().get_signing_serializer(app)


class Strength(StrEnum):
    """What a sign-in has proved. A password alone opens nothing but the rest of the way in."""

    PASSWORD = "password"  # noqa: S105  # a name, not a secret
    CODE = "code"  # password, and a code from the code app
    PASSKEY = "passkey"
    RECOVERY = "recovery"  # a recovery code in place of the code or the passkey
    PROVIDER = "provider"  # signed in elsewhere, with two factors as that place says (docs/adr/0020)
    DEMO = "demo"  # an invented person, by a link


class SignInSession(HasId, Base):
    """One sign-in in one browser. Only the digest of its token is kept."""

    __tablename__ = "sign_in_session"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(80))
    # None: from before there was a second factor. `sign_in` always says which.
    strength: Mapped[str | None] = mapped_column(String(12))
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when a whole proof was given last
    # By a link to an account that was in use before: until that is opened, this sign-in may write and not
    # read. No foreign key: the platform knows no feature.
    reentry_id: Mapped[str | None] = mapped_column(Id, index=True)

    def is_alive(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at and now - self.last_seen_at < IDLE_LIFE

    @property
    def is_whole(self) -> bool:
        return self.strength not in {None, Strength.PASSWORD}

    def is_fresh(self, now: datetime) -> bool:
        """Whether who it is was proved a moment ago. The demo's invented people have nothing to prove."""
        if self.strength == Strength.DEMO:
            return True
        return self.is_whole and self.proved_at is not None and now - self.proved_at < FRESH_FOR


class SignsIn(Protocol):
    """What `sign_in` needs to know of a person."""

    @property
    def id(self) -> str: ...

    @property
    def service_id(self) -> str: ...


@dataclass(frozen=True)
class Access:
    """The rule of one route. Without roles and not public: everybody who is signed in."""

    is_public: bool = False
    is_data_free: bool = False
    is_on_the_way_in: bool = False
    is_fresh: bool = False
    is_while_waiting: bool = False
    roles: frozenset[Role] = frozenset()

    def allows(self, actor: Actor) -> bool:
        return self.is_public or not self.roles or actor.has(*self.roles)


def data_free(view: View) -> View:
    """Open to everybody, and the same for all: who it is is not even asked, so that a cache may keep it."""
    return _mark(view, Access(is_public=True, is_data_free=True))


def public(view: View) -> View:
    """This route needs no sign-in."""
    return _mark(view, Access(is_public=True))


def on_the_way_in(view: View) -> View:
    """This route is for whoever has written the right password, also while the second step is left."""
    return _mark(view, Access(is_on_the_way_in=True))


def signed_in(view: View) -> View:
    """This route is for everybody who is signed in."""
    return _mark(view, Access())


def requires(*roles: Role) -> Callable[[View], View]:
    """This route is for those who hold one of these roles today."""
    if not roles:
        raise ValueError("name at least one role, or use @signed_in")
    return lambda view: _mark(view, Access(roles=frozenset(roles)))


def fresh(view: View) -> View:
    """This route asks for a passkey, or password and code, unless that was given in the last ten minutes.

    Stands above the rule that says who: a browser left open must not give away or change what matters most.
    """
    access = access_of(view)
    if access is None or access.is_public or access.is_on_the_way_in:
        raise ValueError(f"{view.__name__} needs @signed_in or @requires below @fresh")
    view.ledvei_access = replace(access, is_fresh=True)  # type: ignore[attr-defined]  # read by access_of
    return view


def while_waiting(view: View) -> View:
    """This route is also for whoever waits for their account to open. Stands above `@signed_in`.

    They come without their roles, and have proved nothing that the account knew before: it must show no text
    that was written before, and nothing of what others have.
    """
    access = access_of(view)
    if access is None or access.is_public or access.is_on_the_way_in or access.is_fresh or access.roles:
        raise ValueError(f"{view.__name__} needs @signed_in alone below @while_waiting")
    view.ledvei_access = replace(access, is_while_waiting=True)  # type: ignore[attr-defined]
    return view


def access_of(view: Callable[..., Any]) -> Access | None:
    return cast("Access | None", getattr(view, "ledvei_access", None))


def _mark(view: View, access: Access) -> View:
    if access_of(view) is not None:
        raise ValueError(f"{view.__name__} already has an access rule")
    view.ledvei_access = access  # type: ignore[attr-defined]  # read by access_of
    return view


def init_app(app: Flask, settings: Settings) -> None:
    """Set the cookie's rules and guard every route."""
    app.config.update(
        # A __Host- cookie cannot be set by, or sent to, a neighbouring host (RFC 6265bis §4.1.3.2).
        SESSION_COOKIE_NAME="__Host-ledvei" if settings.https else "ledvei",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would sign out everybody who follows a link from a mail
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=ABSOLUTE_LIFE,
        WTF_CSRF_CHECK_DEFAULT=False,  # _guard asks for it, so that /api/ can have a rule of its own
        WTF_CSRF_TIME_LIMIT=None,  # a form may stand open over lunch; the token ends with the sign-in
        WTF_CSRF_SSL_STRICT=False,  # the token is enough, and some browsers send no Referer
    )
    app.session_interface = SignedByKeyring()
    app.extensions[_CSRF] = csrf.init_app(app)
    errors.tell_of_refusals_with(app, tell_of_refusal)
    app.register_error_handler(CSRFError, _ask_to_send_again)
    app.before_request(_guard)
    app.context_processor(lambda: {"actor": current_actor()})


def load_actors_with(app: Flask, load: LoadActor) -> None:
    """`load(person_id, now)` gives the person as they are now, or None when they may not sign in."""
    app.extensions[_LOADER] = load


def ask_for_proof_with(app: Flask, ask: AskForProof) -> None:
    """`ask()` gives the page that asks who it is, or None when the request brought the proof along."""
    app.extensions[_PROVER] = ask


def tell_what_waits_with(app: Flask, when: WhenItOpens) -> None:
    """`when(reentry_id, now)` says when it opens; None when it waits no more, and the database knows it."""
    app.extensions[_KEEPER] = when


def current_actor() -> Actor | None:
    """The person who is signed in, with the roles they hold today. Looked up once a request.

    Nobody while the account waits to open: what asks in this way is closed to them without knowing of it.
    """
    return _arrival().actor if has_request_context() and _arrival().is_open else None


def arriving_actor() -> Actor | None:
    """The same, also while the second step of the sign-in is left, or the account waits to open."""
    return _arrival().actor if has_request_context() else None


def waiting_actor() -> Actor | None:
    """Who has come in by a link to an account that waits to open; without their roles."""
    return _arrival().actor if has_request_context() and _arrival().waits else None


def opens_at() -> datetime | None:
    """When the account of `waiting_actor` opens by itself."""
    return _arrival().opens_at if has_request_context() else None


def is_in() -> bool:
    """Whether nothing of the way in is left; the account may wait to open."""
    return has_request_context() and _arrival().actor is not None and _arrival().is_whole


@dataclass(frozen=True)
class _Arrival:
    """Who this request comes from, and how far that person has come in."""

    actor: Actor | None = None
    is_whole: bool = False
    is_held: bool = False
    opens_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.is_whole and not self.is_held

    @property
    def waits(self) -> bool:
        return self.is_whole and self.is_held


def _arrival() -> _Arrival:
    if "ledvei_arrival" not in g:
        g.ledvei_arrival = _find_arrival(datetime.now(UTC))
    return cast("_Arrival", g.ledvei_arrival)


def signed_in_actor() -> Actor:
    """The same, for routes that are not public: there is somebody. With `@while_waiting`: who waits, too."""
    actor = current_actor() or cast("Actor | None", g.get("ledvei_let_through"))
    if actor is None:
        raise RuntimeError("a route without @signed_in or @requires asked who is signed in")
    return actor


def current_session_id() -> str | None:
    """The id of the sign-in that this request came with, alive or not."""
    row = _find_session()
    return row.id if row else None


def current_reentry_id() -> str | None:
    """Of the sign-in that this request came with: the link that it waits for."""
    row = _find_session()
    return row.reentry_id if row else None


def is_fresh(now: datetime) -> bool:
    """Whether the sign-in of this request may do what is dangerous without being asked again."""
    row = _find_session()
    return row is not None and row.is_alive(now) and row.is_fresh(now)


def sign_in(
    person: SignsIn, strength: Strength, *, reentry_id: str | None = None, now: datetime | None = None
) -> None:
    """Start a sign-in in this browser, with a new cookie (session fixation, CWE-384)."""
    now = now or datetime.now(UTC)
    sign_out(now=now)
    token = secrets.token_urlsafe(32)
    with rows_of(person.service_id):
        db.session.add(
            SignInSession(
                service_id=person.service_id,
                person_id=person.id,
                token_hash=digest(token),
                created_at=now,
                last_seen_at=now,
                expires_at=now + (HALF_LIFE if strength is Strength.PASSWORD else ABSOLUTE_LIFE),
                browser=name_browser(request.user_agent.string),
                strength=strength,
                proved_at=None if strength is Strength.PASSWORD else now,
                reentry_id=reentry_id,
            )
        )
        db.session.commit()
    arrivals.came_in(person.id, strength)
    _give_cookie(token)


def prove(strength: Strength, *, reentry_id: str | None = None, now: datetime | None = None) -> None:
    """This sign-in has proved who it is, wholly and now. Its old cookie is worth nothing any more.

    `reentry_id`: what it proved with belongs to an account that waits to open, and so does it from now on.
    """
    row = _find_session()
    if row is None or row.ended_at is not None:
        raise RuntimeError("nobody is signed in here")
    now, token = now or datetime.now(UTC), secrets.token_urlsafe(32)
    if not row.is_whole:
        session.clear()
        row.expires_at = now + ABSOLUTE_LIFE
    row.token_hash, row.strength, row.proved_at = digest(token), strength, now
    row.reentry_id = row.reentry_id or reentry_id
    db.session.commit()
    arrivals.came_in(row.person_id, strength)
    _give_cookie(token)


def _give_cookie(token: str) -> None:
    session[_TOKEN] = token
    session.permanent = True
    g.pop("ledvei_arrival", None)


def browser_mark() -> str:
    """Something random that stays with this browser until somebody signs in or out here: it says nobody."""
    mark = session.get(_MARK)
    if not isinstance(mark, str):
        mark = session[_MARK] = secrets.token_urlsafe(16)
    return mark


def sign_out(*, now: datetime | None = None) -> None:
    """End this browser's sign-in, if there is one."""
    row = _find_session()
    if row and row.ended_at is None:
        row.ended_at = now or datetime.now(UTC)
        db.session.commit()
    session.clear()
    g.pop("ledvei_arrival", None)


def end_all_sessions(person_id: str, *, now: datetime) -> None:
    """Sign a person out everywhere. Part of the caller's transaction."""
    alive = update(SignInSession).where(
        SignInSession.person_id == person_id, SignInSession.ended_at.is_(None)
    )
    db.session.execute(alive.values(ended_at=now))


def end_sessions_by(reentry_id: str, *, now: datetime) -> None:
    """Sign out whoever came by that link. Part of the caller's transaction."""
    alive = update(SignInSession).where(
        SignInSession.reentry_id == reentry_id, SignInSession.ended_at.is_(None)
    )
    db.session.execute(alive.values(ended_at=now))


def open_sessions_by(reentry_id: str, person_id: str, *, now: datetime) -> None:
    """These are the only sign-ins from now on, and wait no more. Part of the caller's transaction."""
    ours = SignInSession.reentry_id == reentry_id
    others = update(SignInSession).where(
        SignInSession.person_id == person_id,
        SignInSession.ended_at.is_(None),
        SignInSession.reentry_id.is_(None) | ~ours,
    )
    db.session.execute(others.values(ended_at=now))
    db.session.execute(update(SignInSession).where(ours).values(reentry_id=None))


def end_sessions_in(service_id: str, *, now: datetime) -> None:
    """Sign everybody in a service out everywhere. Part of the caller's transaction."""
    alive = update(SignInSession).where(
        SignInSession.service_id == service_id, SignInSession.ended_at.is_(None)
    )
    db.session.execute(alive.values(ended_at=now))


def end_sessions_with(strength: Strength, service_id: str, *, now: datetime) -> None:
    """Sign out everybody in a service who came in in that way. Part of the caller's transaction."""
    alive = update(SignInSession).where(
        SignInSession.service_id == service_id,
        SignInSession.strength == strength,
        SignInSession.ended_at.is_(None),
    )
    db.session.execute(alive.values(ended_at=now))


def end_other_sessions(person_id: str, *, now: datetime) -> None:
    """Sign a person out everywhere but here. Part of the caller's transaction."""
    others = update(SignInSession).where(
        SignInSession.person_id == person_id,
        SignInSession.ended_at.is_(None),
        SignInSession.id != (current_session_id() or ""),
    )
    db.session.execute(others.values(ended_at=now))


def sessions_of(person_id: str, *, now: datetime) -> list[SignInSession]:
    """A person's sign-ins that are alive, the latest used first."""
    query = (
        select(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
    )
    return [row for row in db.session.scalars(query) if row.is_alive(now)]


def end_session(person_id: str, session_id: str, *, now: datetime) -> bool:
    """End one of a person's own sign-ins. False when they have no such one."""
    query = select(SignInSession).where(SignInSession.id == session_id, SignInSession.person_id == person_id)
    row = db.session.scalar(query)
    if row is None:
        return False
    if row.ended_at is None:
        audit.record(row.service_id, Deed.SIGN_IN_ENDED, ("person", person_id), by=person_id, at=now)
        row.ended_at = now
        db.session.commit()
    return True


def digest(secret: str) -> str:
    """What the database keeps of a random secret. It needs no salt: 32 random bytes cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def safe_next(text: str | None) -> str | None:
    """A path of this site to go on to, or None. Never another site's address (open redirect, CWE-601)."""
    if not text or not text.startswith("/") or text.startswith("//"):
        return None
    if any(character == "\\" or not character.isprintable() or character.isspace() for character in text):
        return None
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else None


def came_from_this_site() -> bool:
    """Whether a page of ours made this request, as far as the browser says (Fetch Metadata, RFC 6454).

    A request without either header is let through: every browser sends one of them with a cross-site POST,
    and a program that is not a browser carries nobody else's cookie.
    """
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None and fetched_from != "same-origin":
        return False
    origin = request.headers.get("Origin")
    base = urlsplit(house().settings.base_url)
    return origin in {None, f"{request.scheme}://{request.host}", f"{base.scheme}://{base.netloc}"}


def render_no_access() -> ResponseReturnValue:
    """The calm answer to somebody who is signed in and may not see this."""
    if _wants_json():
        return jsonify(error="no_access", text=_("You do not have access to this.")), 403
    return render_template("errors/403.html"), 403


def name_browser(user_agent: str) -> str:
    """A short name that the person knows again, such as "Firefox, Android". No version: nobody needs it."""
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("SamsungBrowser", "Samsung"),
                ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    names = (_first_named(browsers, user_agent), _first_named(systems, user_agent))
    return ", ".join(name for name in names if name)


def _first_named(marks: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in marks if mark in user_agent), "")


def _guard() -> ResponseReturnValue | None:
    """Deny by default: a route without a rule is refused, whoever asks."""
    # An app context that is kept open over two requests must not carry the first one's person.
    g.pop("ledvei_arrival", None)
    g.pop("ledvei_let_through", None)
    access = access_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    _open_rows(access)
    if request.endpoint is None:
        return None  # no such page: 404 or 405
    return _refuse_stranger(access) or _refuse_other_sites() or _refuse_zero_bytes() or _refuse_stale(access)


def _open_rows(access: Access | None) -> None:
    """Where somebody must have signed in, the rows of their service. Where nobody is known yet, of all."""
    if access and access.is_data_free:
        return
    if access and access.is_public:
        see_rows_of(EVERY_SERVICE)
    elif actor := arriving_actor():
        see_rows_of(actor.service_id)


def _refuse_stranger(access: Access | None) -> ResponseReturnValue | None:
    if access and access.is_data_free:
        return None
    # Asked on public routes too, before anything is written: noting that somebody is here commits, and the
    # first to ask for the language may be in the middle of a transaction.
    actor = current_actor()
    if access and access.is_public:
        return None
    if arriving_actor() is None:
        return _ask_to_sign_in()
    if access and access.is_on_the_way_in:
        return None
    if waiting_actor():
        return _refuse_waiting(access)
    if actor is None:
        return _ask_for_second_step()
    if access is None or not access.allows(actor):
        arrivals.was_refused("role", actor.person_id)
        return render_no_access()
    return None


def _refuse_waiting(access: Access | None) -> ResponseReturnValue | None:
    """The account is not open yet. Only what says so itself is open to whoever waits."""
    if access and access.is_while_waiting:
        g.ledvei_let_through = waiting_actor()
        return None
    arrivals.was_refused("waiting", _asker_id())
    text = _("This opens when your account does. Until then you can write, and what you write is kept.")
    if _wants_json():
        return jsonify(error="waiting", text=text), 403
    if request.method == "GET":
        return redirect(WAITING_PAGE)
    return render_template("errors/page.html", title=_("Not open yet"), text=text), 403


def _refuse_stale(access: Access | None) -> ResponseReturnValue | None:
    if access is None or not access.is_fresh or is_fresh(datetime.now(UTC)):
        return None
    ask = cast("AskForProof | None", current_app.extensions.get(_PROVER))
    return ask() if ask else render_no_access()


def _refuse_other_sites() -> ResponseReturnValue | None:
    """Cross-site request forgery (CWE-352)."""
    if request.method in _CHANGES_NOTHING:
        return None
    if not _wants_json():
        cast("CSRFProtect", current_app.extensions[_CSRF]).protect()
        return None
    if came_from_this_site():
        return None
    arrivals.was_refused("cross_site", _asker_id())
    return jsonify(error="cross_site", text=_("This must be sent from Ledvei itself.")), 403


def _refuse_zero_bytes() -> ResponseReturnValue | None:
    """No keyboard types them, and PostgreSQL takes none in a text: better a clear answer than a failure."""
    body = () if _wants_json() else request.form.values()  # `/api/` looks at its bodies itself
    sent = (request.path, *request.args.values(), *body)
    if not any("\x00" in text for text in sent):
        return None
    return errors.answer_device(400) if _wants_json() else (render_template("errors/400.html"), 400)


def _ask_to_send_again(_error: Exception) -> ResponseReturnValue:
    """Most often the page stood open while the sign-in ran out; nothing was changed."""
    arrivals.was_refused("form_token", _asker_id())
    title = _("This page was open for a long time")
    text = _("Nothing was changed. Go back, load the page again and send it once more.")
    return render_template("errors/page.html", title=title, text=text), 400


def _ask_to_sign_in() -> ResponseReturnValue:
    if _wants_json():
        return jsonify(error="signed_out", text=_("You are signed out. Sign in again to go on.")), 401
    next_path = safe_next(request.full_path.rstrip("?")) if request.method == "GET" else None
    return redirect(url_for("sign_in.sign_in_page", next=next_path))


def _ask_for_second_step() -> ResponseReturnValue:
    """The password was right, and that is not enough."""
    arrivals.was_refused("second_step", _asker_id())
    if _wants_json():
        text = _("One step of the sign-in is left. Open the sign-in page and finish it.")
        return jsonify(error="second_step", text=text), 401
    next_path = safe_next(request.full_path.rstrip("?")) if request.method == "GET" else None
    return redirect(url_for("sign_in.second_step_page", next=next_path))


def _asker_id() -> str | None:
    actor = arriving_actor()
    return actor.person_id if actor else None


def tell_of_refusal(error: HTTPException) -> None:
    """What a page refused itself. Somebody else's id and one that nobody has look the same: both are told."""
    reason = {403: "not_theirs", 404: "not_there_or_not_theirs"}.get(error.code or 0)
    if reason and request.endpoint and _asker_id():
        arrivals.was_refused(reason, _asker_id())


def _wants_json() -> bool:
    return request.path.startswith("/api/")


def _find_session() -> SignInSession | None:
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    with rows_of(EVERY_SERVICE):
        return db.session.scalar(select(SignInSession).where(SignInSession.token_hash == digest(token)))


def _find_arrival(now: datetime) -> _Arrival:
    with rows_of(EVERY_SERVICE):
        return _look_for_arrival(now)


def _look_for_arrival(now: datetime) -> _Arrival:
    row = _find_session()
    if row is None or not row.is_alive(now):
        return _Arrival()
    opens_at = _when_it_opens(row, now)
    if not row.is_alive(now):
        return _Arrival()  # it was stopped
    load = cast("LoadActor | None", current_app.extensions.get(_LOADER))
    actor = load(row.person_id, now) if load else None
    is_held = row.reentry_id is not None
    if actor and now - row.last_seen_at >= NOTE_CONTACT_EVERY:
        row.last_seen_at = now
        db.session.commit()
    if actor and is_held:
        actor = replace(actor, roles=frozenset(), team_ids=frozenset())
    return _Arrival(actor, row.is_whole, is_held, opens_at)


def _when_it_opens(row: SignInSession, now: datetime) -> datetime | None:
    """Asked of whoever knows, which may open it at this moment: then the sign-in is read anew."""
    if row.reentry_id is None:
        return None
    ask = cast("WhenItOpens | None", current_app.extensions.get(_KEEPER))
    opens_at = ask(row.reentry_id, now) if ask else None
    if opens_at is None:
        db.session.refresh(row)
    return opens_at
