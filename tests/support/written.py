"""What has come to the server, as its database has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import text


@dataclass(frozen=True)
class Count:
    entries: int
    operations: int
    revisions: int

    def __sub__(self, other: Count) -> Count:
        return Count(
            self.entries - other.entries,
            self.operations - other.operations,
            self.revisions - other.revisions,
        )


ONE_NEW_TEXT = Count(entries=1, operations=1, revisions=1)


class Written:
    """Looks into the database beside the server."""

    def __init__(self, database_url: str) -> None:
        self.engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)

    def count(self) -> Count:
        with self.engine.connect() as connection:
            rows = [
                connection.scalar(text(f"SELECT count(*) FROM {table}"))
                for table in ("entry", "operation", "revision")
            ]
        return Count(*rows)

    def missing(self, operations: Iterable[str]) -> set[str]:
        """Of these operations, those that the server does not have."""
        with self.engine.connect() as connection:
            return set(operations) - set(connection.scalars(text("SELECT id FROM operation")))

    def doubled(self) -> list[str]:
        """Operations that took effect more than once."""
        query = "SELECT operation_id FROM revision GROUP BY operation_id HAVING count(*) > 1"
        with self.engine.connect() as connection:
            return list(connection.scalars(text(query)))

    def author_of_newest(self) -> str:
        query = "SELECT name FROM person JOIN entry ON person.id = author_id ORDER BY created_at DESC LIMIT 1"
        with self.engine.connect() as connection:
            return str(connection.scalar(text(query.replace("created_at", "entry.created_at"))))

    def end_all_sign_ins(self) -> None:
        """As when weeks have passed without a network."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE sign_in_session SET expires_at = '2020-01-01 00:00:00'"))
