"""Known mistakes, planted to see that each is found. None of them is ever in the product.

On the server's side a function is replaced while the fuzz runs; on the device's one place of the scripts is
written otherwise before they are loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import text

from ledvei_pwa.kernel import access
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync import push, rights, writing
from ledvei_pwa.sync.merging import Applied, State, Writing
from ledvei_pwa.sync.protocol import SealedOperation
from ledvei_pwa.sync.results import APPLIED, Result
from tests.fuzz.server import Server

ON_DEVICES: Final[dict[str, list[dict[str, str]]]] = {
    "let_go_before_the_answer": [
        {
            "from": "const answer = await exchange(",
            "to": "await forgetAll(store, ids)\n      const answer = await exchange(",
        },
        {
            "from": "function waitingOf(",
            "to": """function forgetAll(store, ids) {
    return store.write(["outbox"], async (tx) => {
      for (const id of ids) {
        const place = await tx.objectStore("outbox").index("operation").getKey(id)
        if (place !== undefined) await tx.objectStore("outbox").delete(place)
      }
    })
  }
  async function waitingOf(""",
        },
    ],
    "keep_nothing_for_a_restore": [
        {"from": "await keep(tx, row,", "to": "await tx.objectStore('outbox').delete(row.place), (row,"}
    ],
}


@contextmanager
def planted(name: str, server: Server) -> Iterator[None]:
    """Let the application make this mistake; without a name it makes none of ours."""
    with ExitStack() as around:
        if name in ON_SERVER:
            around.enter_context(ON_SERVER[name](server))
        elif name and name not in ON_DEVICES:
            raise ValueError(f"there is no mistake called {name}")
        yield


@contextmanager
def acknowledge_before_commit(server: Server) -> Iterator[None]:
    """What was sent lies in memory when the answer goes, and is written when somebody asks next."""
    memory: list[SealedOperation] = []
    real = push.push

    def hurried(operations: Sequence[SealedOperation], now: datetime) -> list[Result]:
        earlier, memory[:] = list(memory), []
        real(earlier, now)
        memory.extend(operations)
        return [Result(operation.id, APPLIED) for operation in operations]

    server.on_death.append(memory.clear)
    with patch.object(sys.modules["ledvei_pwa.sync.pages"], "push", hurried):
        yield
    server.on_death.remove(memory.clear)


@contextmanager
def forget_idempotency(_server: Server) -> Iterator[None]:
    """An operation that comes again is taken again."""

    def forget(ids: Collection[str]) -> list[Any]:
        for id_ in ids:
            db.session.execute(text("DELETE FROM operation WHERE id = :id"), {"id": id_})
        return []

    with patch.object(push, "operations_by_ids", forget):
        yield


@contextmanager
def last_writer_wins(_server: Server) -> Iterator[None]:
    """Whoever comes last is right."""

    def apply(
        state: State, _base: Mapping[str, Any], _steps: Any, incoming: Mapping[str, Any], _writing: Writing
    ) -> Applied:
        fields = {**state.fields, **incoming}
        removed = bool(fields.pop("removed", state.removed))
        return Applied(State(state.revision + 1, fields, {}, removed), APPLIED)

    with patch.object(writing, "apply_change", apply):
        yield


@contextmanager
def plain_sequence(_server: Server) -> Iterator[None]:
    """Numbers are handed out before the lock is taken, as a sequence does: a later one may be seen before."""
    real = feed.begin_writing
    drawn: dict[str, int] = {}
    last: dict[str, int] = {}

    def begin(service_id: str) -> None:
        row = db.session.execute(
            text("SELECT change_counter FROM service WHERE id = :id"), {"id": service_id}
        ).scalar_one()
        drawn_here = max(int(row), last.get(service_id, 0)) + 1
        last[service_id] = drawn_here
        db.session.info["drawn"] = drawn_here
        real(service_id)

    def next_number(service_id: str, count: int = 1) -> int:
        ready = db.session.info.pop("drawn", None)
        number = ready if ready and count == 1 else max(last.get(service_id, 0), _counter(service_id)) + count
        last[service_id] = max(last.get(service_id, 0), number)
        db.session.execute(
            text("UPDATE service SET change_counter = :number WHERE id = :id AND change_counter < :number"),
            {"number": number, "id": service_id},
        )
        return int(number)

    with patch.object(feed, "begin_writing", begin), patch.object(feed, "_next_number", next_number):
        yield
    drawn.clear()


def _counter(service_id: str) -> int:
    statement = text("SELECT change_counter FROM service WHERE id = :id")
    return int(db.session.execute(statement, {"id": service_id}).scalar_one())


@contextmanager
def skip_removal(_server: Server) -> Iterator[None]:
    """Who may no longer read something is not told to forget it."""
    real = feed._change

    def change(type_: str, subject_id: str, persons: Any, values: dict[str, object]) -> None:
        if values.get("removed") is not True:
            real(type_, subject_id, persons, values)

    with patch.object(feed, "_change", change):
        yield


@contextmanager
def new_supervisor_reads_all(_server: Server) -> Iterator[None]:
    """Whoever supervises a series reads what was shared with the supervisor before."""
    with (
        patch.object(rights, "supervises_entry", lambda *_: True),
        patch.object(access, "supervises_entry", lambda *_: True),
    ):
        yield


ON_SERVER: Final[dict[str, Callable[[Server], Any]]] = {
    work.__name__: work
    for work in (
        acknowledge_before_commit,
        forget_idempotency,
        last_writer_wins,
        plain_sequence,
        skip_removal,
        new_supervisor_reads_all,
    )
}
