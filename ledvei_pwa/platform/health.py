"""Is this installation well? One list of checks: for `/healthz`, `ledvei doctor` and every start."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ledvei_pwa.platform import backups, installation_keys, new_keys
from ledvei_pwa.platform.backup_file import RECOVERY
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.jobs import worker_state
from ledvei_pwa.platform.keyring import KeyringProblem
from ledvei_pwa.platform.registry import House, house
from ledvei_pwa.platform.row_security import ABOVE_POLICIES, unguarded_tables
from ledvei_pwa.platform.schema import current_revision, is_newest, newest_revision
from ledvei_pwa.platform.sessions import public

LEAST_FREE_DISK: Final = 500 * 1024 * 1024  # bytes
SOONEST_CLOCK: Final = datetime(2026, 11, 1, tzinfo=UTC)  # this code is younger; a clock before it is wrong
RESTORING: Final = "restoring"  # in the instance folder: what a restore puts together before it is used
READY: Final = "ready"  # in that folder: from then on the old is being replaced
CLOCK_SLACK: Final = timedelta(minutes=2)

pages = Blueprint("health", __name__)


class NotReady(Exception):
    """The app must not be served, or worked with, as it is. The message says what to do."""


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at, whether it is well, what was seen, what to do if not."""

    name: str
    ok: bool
    seen: str
    remedy: str = ""


def init_app(app: Flask) -> None:
    app.register_blueprint(pages)


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """200 when people can be served. A worker that has stopped is told, but takes nobody off the air."""
    database = check_database()
    migrations = check_migrations() if database.ok else database
    worker = database.ok and migrations.ok and check_worker().ok
    up = database.ok and migrations.ok
    state = {"database": database.ok, "migrations": migrations.ok, "worker": worker}
    return jsonify(status="up" if up else "down", **state, build=house().settings.build), 200 if up else 503


def all_checks(*, now: datetime) -> list[Check]:
    """In the order in which to mend things: what follows a broken one is seldom worth reading."""
    database = check_database()
    if not database.ok:
        return [database, check_disk(house()), check_clock(now)]
    migrations = check_migrations()
    checks = [database, migrations, check_rows(), check_keys(house()), check_clock(now), check_disk(house())]
    return (
        [*checks, check_worker(now), check_push(house()), check_backup(house(), now)]
        if migrations.ok
        else checks
    )


def refuse_unready() -> None:
    """Database, migrations and keys must be well before anything is read or written; raises `NotReady`.

    The first time the keys are found to be well, the database remembers which they are.
    """
    for check in (check_database, check_migrations, lambda: check_keys(house())):
        result = check()
        if not result.ok:
            raise NotReady(f"{result.name}: {result.seen}. {result.remedy}")
    refuse_half_restored(house().settings.instance_path / RESTORING)
    installation_keys.remember(house().keyring.now(), datetime.now(UTC))
    new_keys.finish_exchange(house().keyring)


def refuse_half_restored(folder: Path) -> None:
    if folder.exists():
        or_not = "" if (folder / READY).exists() else f", or remove {folder}: nothing has been replaced yet"
        raise NotReady(f"A restore was broken off. Run ledvei restore again{or_not}.")


def check_database() -> Check:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Check(
            "database", False, type(error).__name__, "Start the database, or mend LEDVEI_DATABASE_URL."
        )
    return Check("database", True, db.engine.dialect.name)


def check_migrations() -> Check:
    newest = newest_revision()
    if is_newest(db.engine):
        return Check("migrations", True, f"at {newest}")
    seen = f"at {current_revision(db.engine)}, the code needs {newest}"
    return Check("migrations", False, seen, "Take a backup, then run: ledvei db upgrade")


def check_rows() -> Check:
    """PostgreSQL's policies bind nobody who stands above them, and no table that has been let go."""
    if db.engine.dialect.name != "postgresql":
        return Check("row lock", True, "none: one file has one owner")
    with db.engine.connect() as connection:
        role, is_above = connection.execute(text(ABOVE_POLICIES)).one()
        open_tables = unguarded_tables(connection)
    if is_above:
        remedy = f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS, or give Ledvei a role of its own."
        return Check("row lock", False, f"{role} stands above the policies", remedy)
    if open_tables:
        return Check("row lock", False, f"open: {', '.join(open_tables)}", "Run: ledvei db upgrade")
    return Check("row lock", True, "each service's rows are its own in the database too")


def check_keys(of: House) -> Check:
    try:
        of.keyring.refuse_foreign_database()
    except KeyringProblem as problem:
        return Check("keys", False, "foreign to this database", str(problem))
    return Check("keys", True, f"in {of.settings.keys_path}, readable by their owner alone")


def check_clock(now: datetime) -> Check:
    """Sessions, reminders and invitations are all dated by this clock."""
    seen = f"{now:%Y-%m-%d %H:%M} UTC"
    if now < SOONEST_CLOCK:
        return Check("clock", False, seen, "This is in the past. Set the clock, best by NTP.")
    ahead = clock_of_database() - now
    if abs(ahead) > CLOCK_SLACK:
        return Check("clock", False, f"{seen}; the database's is {ahead} ahead", "Set both clocks by NTP.")
    return Check("clock", True, seen)


def clock_of_database() -> datetime:
    """What the database server's clock says; this machine's when they are one, or when it cannot be asked."""
    if db.engine.dialect.name != "postgresql":
        return datetime.now(UTC)
    try:
        with db.engine.connect() as connection:
            answer: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    except SQLAlchemyError:
        return datetime.now(UTC)
    return answer.astimezone(UTC)


def check_disk(of: House) -> Check:
    free = shutil.disk_usage(of.settings.instance_path).free
    seen = f"{free // 1024 // 1024} MB free"
    return Check("disk", free >= LEAST_FREE_DISK, seen, "Free at least 500 MB where the instance folder is.")


def check_worker(now: datetime | None = None) -> Check:
    state = worker_state(now or datetime.now(UTC))
    seen = f"last seen {state.seen_at:%Y-%m-%d %H:%M} UTC" if state.seen_at else "never seen"
    if not state.alive:
        return Check("worker", False, seen, "Start `ledvei serve` (the worker is inside) or `ledvei worker`.")
    if state.failing:
        return Check("worker", False, f"failing: {', '.join(state.failing)}", "Read the log for job_failed.")
    return Check("worker", True, seen)


def check_push(of: House) -> Check:
    """Reminders cannot be signed without this pair of keys (RFC 8292)."""
    well = len(of.keyring.vapid_public) == 87 and len(of.keyring.vapid_private) == 43
    return Check("push keys", well, of.keyring.vapid_public[:12] + "…", "Put push.pem back from your backup.")


def check_backup(of: House, now: datetime) -> Check:
    """Who backs up in another way sets no folder, and is left in peace."""
    folder = of.settings.backup_folder
    if folder is None:
        return Check("backup", True, "none by Ledvei: LEDVEI_BACKUP_FOLDER is not set")
    if not (of.settings.keys_path / RECOVERY).exists():
        return Check("backup", False, "there is no key to seal them to", "Make one: ledvei keys recovery")
    try:
        found = backups.backups_in(folder)
    except OSError as problem:
        return Check("backup", False, f"{folder}: {problem.strerror}", "Make the folder, or mount it again.")
    seen = (
        f"the last of {found.count} is from {found.last_at:%Y-%m-%d %H:%M} UTC"
        if found.last_at
        else "none yet"
    )
    remedy = "See that the worker runs, and that there is room in the folder."
    return Check("backup", not found.is_old(now), seen, remedy)
