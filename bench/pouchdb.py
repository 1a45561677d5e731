"""PouchDB and our engine at the same work: a first fill, 50 operations after a day off-line, and a mere look.

Both in Node on the same browser's database in memory, with documents of equal content. PouchDB as its guide
says: `replicate.from` for the first fill, `sync` from then on, in batches of 100, its default and Community
Health Toolkit's. Its server is express-pouchdb with its documents in memory; ours is `ledvei serve` on SQLite
and each operation on disk before it is acknowledged. The line between counts, and has Toolkit's presets.

Both servers compress their answers with gzip, neither client compresses what it sends. Not the same: PouchDB
sends and keeps its documents in the clear, ours are sealed for the server on the way and encrypted on the
device, which is a part of the bytes and of the time. Nobody signs in to PouchDB; ours sends a cookie.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench._peers import Helper, couchdb_server, helper, install, told_by, version_of
from bench._report import Figure, report
from bench._service import Service, service_served
from bench._shaped_line import GOOD_3G, REGULAR_2G, Shape, ShapedLine, shaped_line
from bench._texts import Texts, texts

SIZES = {50: 3, 500: 3, 2000: 1}  # documents, and how many runs: the median of each figure is told
SHAPES = (GOOD_3G, REGULAR_2G)
NEW, CHANGED = 20, 30  # of the fifty operations of a day
FILL, OUT, IN, LOOK = "first fill", "50 written here", "50 written elsewhere", "nothing new"
WORKS = [FILL, OUT, IN, LOOK]


@dataclass
class Found:
    """What one kind of work has cost, run by run."""

    bytes: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, line: ShapedLine, seconds: float) -> None:
        traffic = line.told()
        self.bytes.append(traffic.size)
        self.requests.append(traffic.requests)
        self.seconds.setdefault(line.shape.name, []).append(seconds)


Ledger = dict[tuple[str, int], Found]


@dataclass
class Ours:
    """A caseworker with two phones, and a tablet that writes what comes from elsewhere."""

    line: ShapedLine
    cookie: str
    tablet: Helper
    synced = "sync"

    @classmethod
    @contextmanager
    def ready(cls, service: Service, line: ShapedLine) -> Iterator[Ours]:
        with helper("ledvei_device.mjs") as tablet:
            cookie = service.somebody_signed_in()
            tablet.ask("open", address=line.address, cookie=cookie)
            yield cls(line, cookie, tablet)

    @contextmanager
    def phone(self) -> Iterator[Helper]:
        with helper("ledvei_device.mjs") as phone:
            phone.ask("open", address=self.line.address, cookie=self.cookie)
            yield phone

    def write_elsewhere(self, documents: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
        self.tablet.ask("sync")
        self.tablet.ask("write", documents=documents)
        self.tablet.ask("change", changes=changes)
        self.tablet.ask("sync")


@dataclass
class Theirs:
    line: ShapedLine
    there: Helper

    @classmethod
    @contextmanager
    def ready(cls, line: ShapedLine) -> Iterator[Theirs]:
        with helper("pouchdb_device.mjs") as there:
            there.ask("open", address=line.address)
            yield cls(line, there)

    @contextmanager
    def phone(self) -> Iterator[Helper]:
        with helper("pouchdb_device.mjs") as phone:
            phone.ask("open", address=self.line.address)
            yield phone

    def write_elsewhere(self, documents: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
        self.there.ask("write_there", documents=documents)
        self.there.ask("change_there", changes=changes)


def main() -> None:
    install()
    ours: Ledger = {}
    theirs: Ledger = {}
    with service_served() as service, shaped_line(service.port) as line:
        for size, run in every_run():
            with Ours.ready(service, line) as side:
                work(side, texts(1000 * run + size), size, ours)
            with a_couchdb() as their_side:
                work(their_side, texts(1000 * run + size), size, theirs)
    report("pouchdb", [*bundles(), *figures(ours, theirs)])


def every_run() -> Iterator[tuple[int, int]]:
    """Both sides take turns, so that a busy moment of the machine meets both."""
    for run in range(max(SIZES.values())):
        for size, runs in SIZES.items():
            if run < runs:
                print(f"{size} documents, run {run + 1} of {runs}", flush=True)
                yield size, run


@contextmanager
def a_couchdb() -> Iterator[Theirs]:
    with couchdb_server() as port, shaped_line(port) as line, Theirs.ready(line) as side:
        yield side


def work(side: Ours | Theirs, written: Texts, size: int, ledger: Ledger) -> None:
    """Two phones, one for each shape, are filled; then each in turn has been away for a day."""
    documents = written.debriefs(size)
    side.line.begin()
    side.write_elsewhere(documents, [])
    ids = [str(document["id"]) for document in documents]
    with ExitStack() as around:
        phones = [(around.enter_context(side.phone()), shape) for shape in SHAPES]
        for phone, shape in phones:
            note(side, phone, shape, "fill", ledger.setdefault((FILL, size), Found()))
        for phone, shape in phones:
            settle(side, phone)
            phone.ask("write", documents=written.debriefs(NEW))
            phone.ask("change", changes=written.changes(ids[:CHANGED]))
            note(side, phone, shape, "sync", ledger.setdefault((OUT, size), Found()))
            settle(side, phone)
            side.write_elsewhere(written.debriefs(NEW), written.changes(ids[:CHANGED]))
            note(side, phone, shape, "sync", ledger.setdefault((IN, size), Found()))
            note(side, phone, shape, "sync", ledger.setdefault((LOOK, size), Found()))


def settle(side: Ours | Theirs, phone: Helper) -> None:
    """The evening before: both sides are equal, whatever that costs."""
    side.line.begin()
    phone.ask("sync")


def note(side: Ours | Theirs, phone: Helper, shape: Shape, act: str, found: Found) -> None:
    side.line.begin(shape)
    told = phone.ask(act)
    found.note(side.line, told["seconds"])
    side.line.begin()
    assert phone.ask("equal")["equal"], "the device and the server hold different things"


def bundles() -> list[Figure]:
    sizes = told_by("bundle.mjs")
    ours, theirs = sizes["ledvei"], sizes["pouchdb"]
    peer = f"PouchDB {version_of('pouchdb-browser')}"
    return [
        Figure(f"scripts, {kind}", ours[kind] / 1000, "kB", peer=f"{peer}: {theirs[kind] / 1000:.1f} kB")
        for kind in ("minified", "brotli")
    ]


def figures(ours: Ledger, theirs: Ledger) -> list[Figure]:
    return [
        figure
        for work_done, size in sorted(ours, key=lambda each: (WORKS.index(each[0]), each[1]))
        for figure in of_work(f"{work_done}, {size}", ours[work_done, size], theirs[work_done, size])
    ]


def of_work(name: str, ours: Found, theirs: Found) -> Iterator[Figure]:
    promise = "a tenth" if name.startswith(OUT) else ""
    yield beside(f"{name}: on the line", ours.bytes, theirs.bytes, "kB", promise, lambda value: value / 1000)
    yield beside(f"{name}: requests", ours.requests, theirs.requests, "", promise)
    for shape in ours.seconds:
        yield beside(f"{name}: {shape}", ours.seconds[shape], theirs.seconds[shape], "s")


def beside(
    name: str,
    ours: list[Any],
    theirs: list[Any],
    unit: str,
    promise: str = "",
    shown: Callable[[float], float] = float,
) -> Figure:
    own, other = shown(statistics.median(ours)), shown(statistics.median(theirs))
    kept = 10 * own <= other if promise else None
    peer = f"PouchDB {other:.4g} {unit}".rstrip() + f", {other / own:.2g} times ours"
    return Figure(name, own, unit, f"≤ {promise}" if promise else "", kept, peer)


if __name__ == "__main__":
    main()
