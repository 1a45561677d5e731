"""What sync costs the server: one process, with 1, 10 and 250 services of a year each in the database.

The real app takes real sealed operations and answers with what came back, on SQLite (a file, WAL, FULL) and
on PostgreSQL (Debian's settings, fsync on). Each database has a server process of its own; they take turns
in short rounds, so that a busy machine slows all of them alike, and medians are told. Beside it what no
server could beat here: one small commit, the disk's own fsync, and the cryptography of one operation.

The databases take minutes to fill, and 25 GB. They are kept in the temporary folder and used again for a
week. `SERVICES="1 10"` and `DATABASES=sqlite` measure less.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy
from sqlalchemy import Engine

from bench._copies import Copies, in_a_hurry
from bench._durable import durable_postgresql
from bench._phone import Cost
from bench._report import Figure, keep
from bench._sync_server import Server
from bench._year import make_year, read_year
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.keyring import read_master

KEPT: Final = Path(tempfile.gettempdir()) / "ledvei-sync-cost"
ON_DISK: Final = 80_000_000  # bytes of one year, with the log while it is written
STALE: Final = timedelta(days=7)  # by then too little of the year is on people's devices
SIZES: Final = (1, 10, 250)
HISTORIES: Final = {"1 week": 1, "1 year": 1, "5 years": 5}  # each a service of that many years
ROUNDS: Final = 10
EACH_ROUND: Final = {
    "push 1": 20,
    "push 50": 3,
    "nothing": 20,
    "day": 10,
    "fill": 2,
    "bare commit": 20,
    "bare crypto": 1,
}
NAMES: Final = {
    "push 1": "send 1 operation",
    "push 50": "send 50 operations",
    "nothing": "fetch, nothing new",
    "day": "fetch a day, 10 changes",
    "fill": "fill a new phone",
    "bare commit": "bare: one small commit",
    "bare crypto": "bare: seal and texts of 1 operation",
}

Costs = dict[str, list[Cost]]


def main() -> None:
    sizes = tuple(int(size) for size in os.environ.get("SERVICES", "").split()) or SIZES
    databases = os.environ.get("DATABASES", "").split() or list(MEASURED)
    with year() as instance:
        figures = [figure for name in databases for figure in MEASURED[name](instance, sizes)]
    keep("sync_cost", figures)
    sys.stdout.write(f"The databases lie in {KEPT}.\n")


def on_sqlite(instance: Path, sizes: tuple[int, ...]) -> list[Figure]:
    def address(name: str) -> str:
        return f"sqlite:///{KEPT}/{name}.sqlite3"

    return measure("SQLite", instance, sizes, address)


def on_postgresql(instance: Path, sizes: tuple[int, ...]) -> list[Figure]:
    with durable_postgresql(KEPT / "postgresql") as cluster:
        return measure("PostgreSQL", instance, sizes, lambda name: f"{cluster}ledvei_{name}")


def measure(
    database: str, instance: Path, sizes: tuple[int, ...], address: Callable[[str], str]
) -> list[Figure]:
    for size in sizes:
        fill_unless_there(database, instance, address(f"{size}"), [1] * size)
    fill_unless_there(database, instance, address("history"), list(HISTORIES.values()), newcomer=True)
    figures = of_sizes(database, instance, {size: address(f"{size}") for size in sizes})
    return [*figures, *of_histories(database, instance, address("history"))]


MEASURED: Final[dict[str, Callable[[Path, tuple[int, ...]], list[Figure]]]] = {
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
}


# --- measuring --------------------------------------------------------------------------------------------


def of_sizes(database: str, instance: Path, addresses: dict[int, str]) -> list[Figure]:
    servers = {size: Server(instance, address) for size, address in addresses.items()}
    costs: dict[int, Costs] = {size: defaultdict(list) for size in servers}
    disk: list[Cost] = []
    for _ in range(ROUNDS):
        disk += [fsync() for _ in range(20)]
        for what, times in EACH_ROUND.items():
            for size, server in servers.items():
                costs[size][what] += server.ask(what, times)
    memory = {size: server.resident_memory() for size, server in servers.items()}
    for server in servers.values():
        server.stop()
    show_sizes(database, costs, memory, disk)
    return [
        *[figure for size in costs for figure in figures_of(f"{database}, {size} services", costs[size])],
        *[Figure(f"{database}, {size} services: memory", memory[size], "MB") for size in costs],
        Figure(f"{database}: fsync of the disk, median", 1000 * median(disk), "ms"),
    ]


def of_histories(database: str, instance: Path, address: str) -> list[Figure]:
    server = Server(instance, address, busiest=True)
    costs: dict[str, Costs] = {name: defaultdict(list) for name in HISTORIES}
    for _ in range(2 * ROUNDS):
        for place, name in enumerate(HISTORIES):
            costs[name]["nothing"] += server.ask(f"nothing {place}", 10)
            costs[name]["day"] += server.ask(f"day {place}", 5)
    server.stop()
    told = dict(zip(HISTORIES, server.about, strict=True))
    heads = [f"{name}: {live} of {rows}" for name, (live, rows) in told.items()]
    print(f"\n{database}: somebody's history, and how many of their feed's rows are on the device")
    show_table(heads, {NAMES[what]: [cell(costs[n][what]) for n in HISTORIES] for what in ("nothing", "day")})
    return [
        figure for name in HISTORIES for figure in figures_of(f"{database}, history of {name}", costs[name])
    ]


def fsync() -> Cost:
    """As much as one operation writes, at the end of a file, on the disk before it goes on."""
    with (KEPT / "fsync").open("ab") as file:
        began, worked = time.perf_counter(), time.process_time()
        file.write(bytes(32 * 1024))
        file.flush()
        os.fdatasync(file.fileno())
        return Cost(time.perf_counter() - began, time.process_time() - worked)


# --- filling ----------------------------------------------------------------------------------------------


@contextmanager
def year() -> Iterator[Path]:
    """The folder of a year that is not stale, and of the keys that all its copies are written under."""
    made, instance = KEPT / "made", KEPT / "year"
    now = datetime.now(UTC)
    if made.exists() and now - datetime.fromisoformat(made.read_text()) > STALE:
        shutil.rmtree(KEPT)
    if not made.exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        instance.mkdir(parents=True)
        print("Telling a year of one service …", flush=True)
        make_year(instance, now)
        made.write_text(now.isoformat())
    yield instance


def fill_unless_there(
    database: str, instance: Path, address: str, years: list[int], *, newcomer: bool = False
) -> None:
    done = KEPT / f"{database}-{address.rpartition('/')[2]}.filled"
    if not done.exists():
        refuse_full_disk(sum(years))
        print(f"{database}: filling {len(years)} services, {sum(years)} years …", flush=True)
        create_anew(address)
        schema.upgrade(address)
        engine = sqlalchemy.create_engine(address)
        in_a_hurry(engine)
        master = read_master(instance / "keys" / "master.key")
        Copies(read_year(instance), master, engine.dialect).write(engine, years)
        if newcomer:
            let_one_be_new(engine)
        settle(engine)
        done.touch()
    schema.upgrade(address)


def refuse_full_disk(years: int) -> None:
    needed, free = years * ON_DISK, shutil.disk_usage(KEPT).free
    if needed > free:
        raise SystemExit(f"{KEPT} has room for {free / 1e9:.0f} GB; {needed / 1e9:.0f} GB are needed.")


def create_anew(address: str) -> None:
    if address.startswith("sqlite"):
        for path in KEPT.glob(f"{address.rpartition('/')[2]}*"):
            path.unlink()
        return
    server, _, name = address.rpartition("/")
    admin = sqlalchemy.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    admin.dispose()


def let_one_be_new(engine: Engine) -> None:
    """In the first service nobody's feed has anything written before the last week."""
    week_ago = datetime.now(UTC) - timedelta(weeks=1)
    metadata = sqlalchemy.MetaData()
    feed, service = (sqlalchemy.Table(name, metadata, autoload_with=engine) for name in ("feed", "service"))
    first = sqlalchemy.select(service.c.id).where(service.c.name == "Service 0").scalar_subquery()
    old = feed.delete().where(feed.c.service_id == first, feed.c.type == "entry", feed.c.at < week_ago)
    with engine.begin() as connection:
        connection.execute(old)


def settle(engine: Engine) -> None:
    """As it would be after a quiet night."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tidy = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)"
        connection.exec_driver_sql(tidy)
    engine.dispose()


# --- showing ----------------------------------------------------------------------------------------------


def show_sizes(database: str, costs: dict[int, Costs], memory: dict[int, float], disk: list[Cost]) -> None:
    print(f"\n{database}: milliseconds by the clock, median / 99th of 100 (of the processor, median)")
    rows = {name: [cell(costs[size][what]) for size in costs] for what, name in NAMES.items()}
    for count in (1, 50):
        rates = [f"{count / median(costs[size][f'push {count}']):.0f}/s" for size in costs]
        rows[f"operations, {count} at a time"] = rates
    rows["bare: fsync of the disk"] = [cell(disk)]
    rows["memory of the process"] = [f"{memory[size]:.0f} MB" for size in costs]
    show_table([f"{size} services" for size in costs], rows)


def show_table(heads: list[str], rows: dict[str, list[str]]) -> None:
    print(f"{'':36}" + "".join(f"{head:>26}" for head in heads))
    for name, cells in rows.items():
        print(f"{name:36}" + "".join(f"{shown:>26}" for shown in cells))


def cell(costs: list[Cost]) -> str:
    processor = statistics.median(cost.processor for cost in costs)
    return f"{1000 * median(costs):.2f} / {1000 * late(costs):.2f} ({1000 * processor:.2f})"


def median(costs: list[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def late(costs: list[Cost]) -> float:
    """The 99th of 100; with fewer than that the slowest."""
    ordered = sorted(cost.seconds for cost in costs)
    return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


def figures_of(about: str, costs: Costs) -> Iterator[Figure]:
    for what, taken in costs.items():
        yield Figure(f"{about}: {NAMES[what]}, median", 1000 * median(taken), "ms")
        yield Figure(f"{about}: {NAMES[what]}, 99th of 100", 1000 * late(taken), "ms")


if __name__ == "__main__":
    main()
