"""Our outbox and Workbox's background-sync queue on the same bad line: delivered once, lost, doubled.

Somebody writes 300 times; after each there is one try to send it and one occasion to send what waits. Half of
all requests meet a fault, drawn from the same seed: 401, 500, no answer until the time is up, a reset, and an
answer that is lost after the server has taken the request. Then the line is good, and all has time to go.
What counts is what took effect on the server, by the operation's id.

Workbox in three ways: by the first example of its documentation, with server errors thrown as it advises, and
with a replay of one's own that believes nothing but a 2xx. Its browser fires `sync` without end; Chromium
does so three times. Its server takes every request it gets: Workbox gives them no name by which to be known
again, and an app that does so itself can have its server leave out what is doubled.

Ours: the real engine and the real server. It asks for news on each occasion, whether something waits or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from bench._faulty_line import FaultyLine, counting_server, faulty_line
from bench._peers import Helper, helper, install, version_of
from bench._report import Figure, report
from bench._service import Service, service_served
from bench._texts import texts
from ledvei_pwa.platform.database import db
from ledvei_pwa.sync.records import Revision

OPERATIONS = 300
SEED = 11
OCCASIONS = 20  # on a good line, at the end: more than enough for what can go at all
WAYS = {
    "as_it_comes": "as it comes",
    "errors_thrown": "5xx thrown",
    "own_replay": "own replay",
}


@dataclass(frozen=True)
class Outcome:
    """`silently`: lost, and nobody was told."""

    once: int
    doubled: int
    lost: int
    silently: int
    waiting: int
    requests: int


def main() -> None:
    install()
    own = ours()
    others = {name: workbox(way) for way, name in WAYS.items()}
    report("outbox_faults", figures(own, others))


def ours() -> Outcome:
    with (
        service_served() as service,
        faulty_line(service.port, SEED) as line,
        helper("ledvei_device.mjs") as device,
    ):
        device.ask("open", address=service.served.address, cookie=service.somebody_signed_in())
        device.ask("move", address=line.address)
        documents = texts(SEED).debriefs(OPERATIONS)
        for document in documents:
            device.ask("write", documents=[document])
            device.ask("sync")
            device.ask("sync")
        until_all_is_sent(line, lambda: int(device.ask("sync")["waiting"]))
        ids = [str(document["id"]) for document in documents]
        told = {str(id_) for id_ in device.ask("attention")["entries"]}
        waiting = {str(id_) for id_ in device.ask("held")["waiting_ids"]}
        return outcome(ids, effects(service), waiting, told, line)


def effects(service: Service) -> Counter[str]:
    """How many revisions each entry has: each operation here makes a new entry."""
    with service.app.app_context():
        rows = db.session.execute(select(Revision.entry_id, func.count()).group_by(Revision.entry_id)).all()
        db.session.remove()
    return Counter({str(entry): int(count) for entry, count in rows})


def workbox(way: str) -> Outcome:
    with (
        counting_server() as (port, received),
        faulty_line(port, SEED) as line,
        helper("workbox_device.mjs") as device,
    ):
        device.ask("open", address=line.address, way=way)
        documents = texts(SEED).debriefs(OPERATIONS)
        ids = [str(document["id"]) for document in documents]
        told = {str(document["id"]) for document in documents if was_refused(device, document)}
        until_all_is_sent(line, lambda: int(device.ask("sync")["waiting"]))
        waiting = {str(id_) for id_ in device.ask("held")["waiting_ids"]}
        return outcome(ids, received, waiting, told, line)


def was_refused(device: Helper, document: dict[str, object]) -> bool:
    """Whether the page saw a refusal when it wrote this."""
    status = device.ask("write", id=document["id"], text=str(document["fields"]))["status"]
    device.ask("sync")
    return status is not None and status >= 400


def until_all_is_sent(line: FaultyLine, sync: Callable[[], int]) -> None:
    line.is_over = True
    for _ in range(OCCASIONS):
        if sync() == 0:
            return


def outcome(
    ids: list[str], effects: Counter[str], waiting: set[str], told: set[str], line: FaultyLine
) -> Outcome:
    lost = {id_ for id_ in ids if effects[id_] == 0 and id_ not in waiting}
    return Outcome(
        once=sum(1 for id_ in ids if effects[id_] == 1),
        doubled=sum(1 for id_ in ids if effects[id_] > 1),
        lost=len(lost),
        silently=len(lost - told),
        waiting=sum(1 for id_ in ids if effects[id_] == 0 and id_ in waiting),
        requests=line.fates.total(),
    )


def figures(own: Outcome, others: dict[str, Outcome]) -> list[Figure]:
    def beside(name: str, of: Callable[[Outcome], int], wanted: int) -> Figure:
        return Figure(name, of(own), f"of {OPERATIONS}", str(wanted), of(own) == wanted, told(of))

    def told(of: Callable[[Outcome], int]) -> str:
        version = version_of("workbox-background-sync")
        return f"Workbox {version} " + ", ".join(f"{way} {of(other)}" for way, other in others.items())

    return [
        beside("took effect once", lambda outcome: outcome.once, OPERATIONS),
        beside("doubled", lambda outcome: outcome.doubled, 0),
        beside("lost", lambda outcome: outcome.lost, 0),
        beside("  of them without a word to anybody", lambda outcome: outcome.silently, 0),
        beside("still waiting on a good line", lambda outcome: outcome.waiting, 0),
        Figure(
            "requests, ours for news as well", own.requests, "", peer=told(lambda outcome: outcome.requests)
        ),
    ]


if __name__ == "__main__":
    main()
