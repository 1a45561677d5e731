"""The SQL statements that are executed while something is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from ledvei_pwa.platform.database import db


@dataclass(frozen=True)
class Asked:
    statement: str
    parameters: Any


@contextmanager
def listening() -> Iterator[list[Asked]]:
    """The statements that are executed meanwhile."""
    heard: list[Asked] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        heard.append(Asked(statement, parameters[0] if many else parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
