"""One server process of the measurement: the real app on one database, told over a pipe what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select, text

from bench._phone import Cost, Phone
from ledvei_pwa import create_app
from ledvei_pwa.features.people.actions import persons_by_ids
from ledvei_pwa.features.people.records import Device, Service
from ledvei_pwa.features.supervision.records import SeriesMember
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import Feed
from ledvei_pwa.platform.keyring import OPERATION_INFO, SUITE, open_bytes, seal_bytes
from ledvei_pwa.platform.registry import house
from ledvei_pwa.settings import Settings

PHONES: Final = 12
CATCH_UP: Final = 10  # changes: those of a busy day for one person
BARE: Final = 50
A_TEXT: Final = b"x" * 300  # about what an entry's fields take


class Server:
    """`ask("push_1", 20)` does it twenty times and answers what each took."""

    def __init__(self, instance: Path, address: str, *, busiest: bool = False) -> None:
        spawn = get_context("spawn")
        self._end, theirs = spawn.Pipe()
        about = (theirs, instance, address, busiest)
        self._process = spawn.Process(target=serve, args=about, daemon=True)
        self._process.start()
        self.about: Any = self._receive()

    def ask(self, what: str, times: int) -> list[Cost]:
        self._end.send((what, times))
        return list(self._receive())

    def resident_memory(self) -> float:
        """MB."""
        rows = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(row for row in rows if row.startswith("VmRSS:")).split()[1]) / 1024

    def stop(self) -> None:
        self._end.send(None)
        self._process.join(30)

    def _receive(self) -> Any:
        try:
            return self._end.recv()
        except EOFError as ended:
            raise SystemExit("A measured server ended; what it said stands above.") from ended


def serve(end: Connection, instance: Path, address: str, busiest: bool) -> None:
    app = create_app(Settings(instance, address, "http://localhost", limit_rates=False, build="bench"))
    with app.app_context():
        chance = Random(2026)  # noqa: S311 – the same every time
        found = the_busiest() if busiest else some_devices(chance)
        phones = [phone_of(app, device, chance) for device in found]
        end.send([[len(phone.held), feed_rows(phone.person_id)] for phone in phones])
        db.session.remove()
    doers = doers_with(phones)
    if not busiest:
        with app.app_context():
            prepare_bare()
    while asked := end.recv():
        what, times = asked
        if what.startswith("bare"):
            with app.app_context():
                end.send([doers[what]() for _ in range(times)])
        else:
            end.send([doers[what]() for _ in range(times)])


def doers_with(phones: list[Phone]) -> dict[str, Callable[[], Cost]]:
    """Each phone in turn."""
    turn = cycle(phones)
    one_by_one = {f"fill {place}": phone.fill for place, phone in enumerate(phones)}
    one_by_one |= {f"nothing {place}": phone.pull_nothing for place, phone in enumerate(phones)}
    one_by_one |= {f"day {place}": lambda p=phone: p.catch_up(CATCH_UP) for place, phone in enumerate(phones)}
    return {
        "push 1": lambda: next(turn).push(1),
        "push 50": lambda: next(turn).push(50),
        "nothing": lambda: next(turn).pull_nothing(),
        "day": lambda: next(turn).catch_up(CATCH_UP),
        "fill": lambda: next(turn).fill(),
        "bare commit": bare_commit,
        "bare crypto": bare_crypto,
        **one_by_one,
    }


# --- who --------------------------------------------------------------------------------------------------


def some_devices(chance: Random) -> list[Device]:
    """Of people who take part in some series, in services by chance."""
    services = sorted(db.session.scalars(select(Service.id)))
    found: dict[str, Device] = {}
    while len(found) < PHONES:
        device = chance.choice(devices_in(chance.choice(services)))
        found[device.id] = device
    return list(found.values())


def devices_in(service_id: str) -> list[Device]:
    takes_part = select(SeriesMember.person_id).where(SeriesMember.service_id == service_id)
    query = select(Device).where(Device.service_id == service_id, Device.person_id.in_(takes_part))
    return list(db.session.scalars(query.order_by(Device.id)))


def the_busiest() -> list[Device]:
    """Of each service, the oldest first, the one who has most."""
    return [
        busiest_in(id_) for id_ in db.session.scalars(select(Service.id).order_by(Service.change_counter))
    ]


def busiest_in(service_id: str) -> Device:
    count = func.count().label("rows")
    query = select(Feed.person_id).where(Feed.service_id == service_id).group_by(Feed.person_id)
    person_id = db.session.scalar(query.order_by(count.desc()).limit(1))
    return db.session.scalars(select(Device).where(Device.person_id == person_id)).first()


def phone_of(app: Any, device: Device, chance: Random) -> Phone:
    person = persons_by_ids([device.person_id])[device.person_id]
    return Phone(app, person, device.id, device.last_number, chance)


def feed_rows(person_id: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Feed).where(Feed.person_id == person_id)) or 0


# --- how fast it could be at best -------------------------------------------------------------------------


def prepare_bare() -> None:
    db.session.execute(text("CREATE TABLE IF NOT EXISTS bench_commit (number INTEGER)"))
    db.session.execute(text("DELETE FROM bench_commit"))
    db.session.execute(text("INSERT INTO bench_commit VALUES (0)"))
    db.session.commit()


def bare_commit() -> Cost:
    """One small change, waited for: no operation that is committed by itself can be faster."""
    with measured() as cost, db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE bench_commit SET number = number + 1")
    return cost[0]


def bare_crypto() -> Cost:
    """What an operation cannot do without: one seal opened, one text decrypted, two encrypted."""
    sealed = SUITE.encrypt(A_TEXT, sealing_key(), OPERATION_INFO)
    key, about = bytes(32), b"a place"
    closed = seal_bytes(key, A_TEXT, about)
    with measured() as cost:
        for _ in range(BARE):
            house().keyring.open_sealed(house().keyring.sealing_key_id, sealed)
            open_bytes(key, closed, about)
            seal_bytes(key, A_TEXT, about)
            seal_bytes(key, A_TEXT, about)
    return Cost(cost[0].seconds / BARE, cost[0].processor / BARE)


def sealing_key() -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), house().keyring.sealing_public)


@contextmanager
def measured() -> Iterator[list[Cost]]:
    cost: list[Cost] = []
    began, worked = time.perf_counter(), time.process_time()
    yield cost
    cost.append(Cost(time.perf_counter() - began, time.process_time() - worked))
