"""The real application, in this process, on a real database that can be killed, copied away and put back."""

from __future__ import annotations

import io
import random
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest.mock import patch

import sqlalchemy
import structlog
import time_machine
import uuid6
from flask import Flask
from sqlalchemy import event, text

from ledvei_pwa import create_app
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import Keyring, base64url, ensure_keys
from ledvei_pwa.platform.sessions import ABSOLUTE_LIFE, IDLE_LIFE, SignInSession, Strength, digest
from ledvei_pwa.settings import Settings
from tests.support.database import MEMORY, temporary_database

BEGIN: Final = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
PAST_THE_WORLD: Final = 10_000  # ids that the making of the world has used up, one for each millisecond
LONGEST_PAUSE: Final = 0.003  # seconds between two statements, where requests meet in threads
Value = TypeVar("Value")


class Killed(BaseException):
    """The power has gone: no code of the application may catch this."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: str


Copy = Any  # what a backup holds: a file's bytes, or rows by table


@dataclass
class Server:
    """`now` is the server's; every request happens at that moment."""

    app: Flask
    url: str
    traveller: Any
    now: datetime = BEGIN
    chance: random.Random = field(default_factory=random.Random)
    statements: int = 0
    logged: list[dict[str, Any]] = field(default_factory=list)
    on_death: list[Callable[[], object]] = field(default_factory=list)
    _kill_in: int | None = None
    _meanwhile: tuple[int, str, Callable[[], object]] | None = None
    _depth: int = 0
    _bare: sqlite3.Connection | None = None
    _dawdles: bool = False

    @property
    def keyring(self) -> Keyring:
        keyring: Keyring = self.app.extensions["ledvei"].keyring
        return keyring

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def set_clock(self, now: datetime) -> None:
        self.now = now
        self.traveller.move_to(now)

    # Requests

    def call(
        self, path: str, *, method: str, headers: Mapping[str, str], body: str, cookies: dict[str, str]
    ) -> Reply:
        """One request, as the network brings it. Raises `Killed` when the server dies in it."""
        environ = self._environ(path, method, headers, body.encode(), cookies)
        said: dict[str, Any] = {}

        def start_response(status: str, given: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            said["status"], said["headers"] = int(status.split(maxsplit=1)[0]), given
            return lambda _data: None

        self._depth += 1
        try:
            answer = self.app.wsgi_app(environ, start_response)
            content = b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
        except Killed:
            self._after_death()
            raise
        finally:
            self._depth -= 1
        for name, value in said["headers"]:
            if name == "Set-Cookie":
                keep_cookie(cookies, value)
        return Reply(said["status"], dict(said["headers"]), content.decode())

    def _environ(
        self, path: str, method: str, headers: Mapping[str, str], body: bytes, cookies: Mapping[str, str]
    ) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_SEC_FETCH_SITE": "same-origin",
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        if cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return environ

    def sign_in(self, person_id: str, service_id: str) -> dict[str, str]:
        """The cookies of a new sign-in, as the sign-in page gives them."""
        token = secrets.token_urlsafe(32)
        with self.app.app_context():
            row = SignInSession(
                service_id=service_id,
                person_id=person_id,
                token_hash=digest(token),
                created_at=self.now,
                last_seen_at=self.now,
                expires_at=self.now + ABSOLUTE_LIFE,
                browser="Fuzz",
                strength=Strength.CODE,
                proved_at=self.now,
            )
            db.session.add(row)
            db.session.commit()
        value = self._serializer().dumps({"token": token, "_permanent": True})
        return {self.app.config["SESSION_COOKIE_NAME"]: value}

    def knows_cookies(self, cookies: dict[str, str]) -> bool:
        """Whether somebody is signed in: the sign-in may have ended, or be younger than the backup."""
        value = cookies.get(self.app.config["SESSION_COOKIE_NAME"])
        if value is None:
            return False
        token = self._serializer().loads(value)["token"]
        rows = self.rows(
            "SELECT 1 FROM sign_in_session"
            " WHERE token_hash = :hash AND ended_at IS NULL AND last_seen_at > :since",
            hash=digest(token),
            since=str(self.now - IDLE_LIFE),
        )
        return bool(rows)

    def _serializer(self) -> Any:
        return self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]

    def seed(self, seed: int) -> None:
        """Every id and credential comes out of the seed from now on."""
        self.chance.seed(seed)
        last = int(self.now.timestamp() * 1000) + PAST_THE_WORLD
        vars(uuid6)["_last_v7_timestamp"] = last

    def do(self, work: Callable[[], Value]) -> Value:
        """Something on the server that no device asked for: a leader's page, a command."""
        with self.app.app_context():
            return work()

    # Death

    def kill_after(self, statements: int) -> None:
        """Die just before that many SQL statements or commits from now, whichever request makes them."""
        self._kill_in = statements

    def meanwhile(self, statements: int, work: Callable[[], object], *, before: str = "") -> None:
        """Let something else happen after that many statements (that begin so), while their request waits.

        Not while it holds the write lock: what wanted to write then would have to wait as well.
        """
        self._meanwhile = (statements, before, work)

    def calm_down(self) -> None:
        self._kill_in = None
        self._meanwhile = None

    @contextmanager
    def dawdling(self) -> Iterator[None]:
        """Every request takes its time, another each time."""
        self._dawdles = True
        yield
        self._dawdles = False

    def calm_meanwhile(self) -> None:
        self._meanwhile = None

    @property
    def is_doomed(self) -> bool:
        return self._kill_in is not None

    def listen(self) -> None:
        """Count the statements."""
        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "commit", self._before_commit)

    def _before_statement(
        self, connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
    ) -> None:
        if self._depth == 0:
            return
        self.statements += 1
        if self._dawdles:
            time.sleep(random.random() * LONGEST_PAUSE)
        self._die_when_due()
        if self._meanwhile is None:
            return
        left, before, work = self._meanwhile
        if not statement.startswith(before):
            return
        self._meanwhile = (left - 1, before, work)
        if left <= 0 and not holds_write_lock(connection):
            self._meanwhile = None
            # Flask would let a request within a request have the outer one's person and session.
            Context().run(work)

    def _before_commit(self, _connection: Any) -> None:
        if self._depth:
            self._die_when_due()

    def _die_when_due(self) -> None:
        if self._kill_in is None:
            return
        self._kill_in -= 1
        if self._kill_in < 0:
            self._kill_in = None
            raise Killed

    def _after_death(self) -> None:
        """Nothing uncommitted survives, no connection, and nothing in memory."""
        for forget in self.on_death:
            forget()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    # The database

    def backup(self) -> Copy:
        if self.is_sqlite:
            self._close()
            return self._file().read_bytes()
        return self.do(read_all_rows)

    def put_back(self, copy: Copy) -> None:
        """The database is what it was; nothing else knows of it."""
        if not self.is_sqlite:
            self.do(lambda: write_all_rows(copy))
            return
        self._close()
        for end in ("-wal", "-shm"):
            self._file().with_name(self._file().name + end).unlink(missing_ok=True)
        # Another file in its place: what a dead request has still open is the old one.
        fresh = self._file().with_suffix(".fresh")
        fresh.write_bytes(copy)
        fresh.replace(self._file())

    def _close(self) -> None:
        """The last connection of all brings the write-ahead log home."""
        if self._bare:
            self._bare.close()
            self._bare = None
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _file(self) -> Path:
        name = sqlalchemy.make_url(self.url).database
        assert name
        return Path(name)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What stands in the database, asked without the application."""
        if self.is_sqlite:
            self._bare = self._bare or sqlite3.connect(self._file())
            return self._bare.execute(statement, values).fetchall()
        with self.app.app_context(), db.engine.connect() as connection:
            return list(connection.execute(text(statement), values))


def holds_write_lock(connection: Any) -> bool:
    raw = connection.connection.dbapi_connection
    if hasattr(raw, "in_transaction"):
        return bool(raw.in_transaction)
    return bool(connection.info.get("has_written"))


def keep_cookie(cookies: dict[str, str], header: str) -> None:
    for name, morsel in SimpleCookie(header).items():
        if morsel["max-age"] == "0" or not morsel.value:
            cookies.pop(name, None)
        else:
            cookies[name] = morsel.value


def read_all_rows() -> Copy:
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in db.metadata.sorted_tables
        }


def write_all_rows(copy: Copy) -> None:
    db.session.remove()
    tables = db.metadata.sorted_tables
    with db.engine.begin() as connection:
        # Faster than TRUNCATE, which makes every table's files anew.
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{table.name}"' for table in reversed(tables)))
        for table in tables:
            if copy[table.name]:
                connection.execute(table.insert(), copy[table.name])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM")  # the tests' cluster does not tidy by itself


@contextmanager
def running(name: str) -> Iterator[Server]:
    """An application with an empty database of its own, on SQLite or PostgreSQL as the environment says."""
    with ExitStack() as around:
        folder = around.enter_context(
            tempfile.TemporaryDirectory(prefix="ledvei-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)
        )
        instance = Path(folder) / "instance"
        ensure_keys(instance / "keys")
        url = around.enter_context(temporary_database(f"fuzz_{name}"))
        settings = Settings(
            instance_path=instance,
            database_url=url,
            base_url="http://localhost",
            limit_rates=False,  # a seed must not remember the one before it
            build="fuzz",
        )
        traveller = around.enter_context(time_machine.travel(BEGIN, tick=False))
        app = create_app(settings)
        server = Server(app, url, traveller)
        around.enter_context(seeded_secrets(server.chance))
        server.seed(0)
        server.listen()
        structlog.configure(processors=[server_log(server)], logger_factory=structlog.ReturnLoggerFactory())
        with app.app_context():
            db.create_all()
        yield server
        server._close()
        structlog.reset_defaults()


@contextmanager
def seeded_secrets(chance: random.Random) -> Iterator[None]:
    """The application's random numbers: the order of sets of ids depends on them."""

    def token_bytes(nbytes: int | None = None) -> bytes:
        return chance.randbytes(nbytes or 32)

    def token_urlsafe(nbytes: int | None = None) -> str:
        return base64url(token_bytes(nbytes))

    with (
        patch.object(secrets, "randbits", chance.getrandbits),
        patch.object(secrets, "token_bytes", token_bytes),
        patch.object(secrets, "token_urlsafe", token_urlsafe),
    ):
        yield


def server_log(server: Server) -> Callable[[Any, str, Any], Any]:
    def keep(_logger: Any, method: str, entry: Any) -> str:
        server.logged.append({"level": method, **entry})
        return ""

    return keep
