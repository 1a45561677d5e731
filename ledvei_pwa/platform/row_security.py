"""PostgreSQL's second lock: a request sees the rows of one service, whatever its queries ask for.

Every table with a `service_id` has a policy that compares it with a setting of the transaction (PostgreSQL,
"Row Security Policies"), for the tables' owner too. Commands and jobs work for all services, and so do the
pages where nobody is known yet; from then on a request is within its person's service. SQLite has no such
lock: there our own queries are the only one, as they are the first one here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event, text

from ledvei_pwa.platform.database import Base

NO_SERVICE: Final = ""
EVERY_SERVICE: Final = "*"
SETTING: Final = "ledvei.service"

_SEEN: Final = "ledvei.rows_seen"  # in the request's environ
_TOLD: Final = "ledvei_rows_seen"  # in the connection's info: what its transaction has been told

# Idempotent, and asks the database itself which tables there are: no later migration can forget it.
GUARD: Final = """
DO $$
DECLARE
  guarded record;
  mine text := 'current_setting(''ledvei.service'', true)';
BEGIN
  FOR guarded IN
    SELECT tables.table_name AS name,
      CASE tables.table_name WHEN 'service' THEN 'id' ELSE 'service_id' END AS owner
    FROM information_schema.tables
    WHERE tables.table_schema = current_schema() AND tables.table_type = 'BASE TABLE' AND (
      tables.table_name = 'service' OR EXISTS (
        SELECT 1 FROM information_schema.columns
        WHERE columns.table_schema = tables.table_schema AND columns.table_name = tables.table_name
          AND columns.column_name = 'service_id'
      )
    )
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('DROP POLICY IF EXISTS own_service ON %I', guarded.name);
    EXECUTE format(
      'CREATE POLICY own_service ON %I USING (%I = %s OR %s = ''*'')',
      guarded.name, guarded.owner, mine, mine
    );
  END LOOP;
END $$
"""

# Who is a superuser, or may pass all policies by, is bound by none (PostgreSQL, "Row Security Policies").
ABOVE_POLICIES: Final = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
OPEN_TABLES: Final = """
SELECT class.relname FROM pg_class class JOIN pg_namespace space ON space.oid = class.relnamespace
WHERE space.nspname = current_schema() AND class.relkind = 'r' AND NOT class.relforcerowsecurity
  AND (class.relname = 'service' OR EXISTS (
    SELECT 1 FROM pg_attribute WHERE attrelid = class.oid AND attname = 'service_id' AND NOT attisdropped
  ))
ORDER BY class.relname
"""


def guard_rows(connection: Connection) -> None:
    """Give every table of one service's rows its policy. Does nothing on SQLite."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(GUARD))


def unguarded_tables(connection: Connection) -> list[str]:
    """Tables of one service's rows that have no policy."""
    return list(connection.scalars(text(OPEN_TABLES)))


@event.listens_for(Base.metadata, "after_create")
def _guard_new(_tables: Any, connection: Connection, **_about: Any) -> None:
    guard_rows(connection)


def rows_seen() -> str:
    """The id of the service whose rows can be seen now, `EVERY_SERVICE` or `NO_SERVICE`."""
    if not has_request_context():
        return EVERY_SERVICE
    return str(request.environ.get(_SEEN, NO_SERVICE))


def see_rows_of(service_id: str) -> None:
    """For the rest of this request."""
    request.environ[_SEEN] = service_id


@contextmanager
def rows_of(service_id: str) -> Iterator[None]:
    """Within this block, in a request. Commands and jobs see all, here too."""
    if not has_request_context():
        yield
        return
    before = rows_seen()
    see_rows_of(service_id)
    try:
        yield
    finally:
        see_rows_of(before)


@event.listens_for(Engine, "before_cursor_execute")
def _tell_transaction(connection: Connection, *_about: Any) -> None:
    """Before the statement that needs it, so that a change of mind within a transaction counts at once."""
    if connection.dialect.name != "postgresql":
        return
    seen = rows_seen()
    if connection.info.get(_TOLD) == seen:
        return
    # Of the transaction alone: a pool in front of the database may give the connection to somebody else.
    cursor = connection.connection.cursor()
    cursor.execute("SELECT set_config(%s, %s, true)", (SETTING, seen))
    cursor.close()
    connection.info[_TOLD] = seen


@event.listens_for(Engine, "begin")
@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    # One that broke off has no transaction any more, and nothing to forget.
    if connection.dialect.name == "postgresql" and not connection.invalidated:
        connection.info.pop(_TOLD, None)


@event.listens_for(Engine, "rollback_savepoint")
def _forget_what_was_undone(connection: Connection, *_about: Any) -> None:
    _forget(connection)
