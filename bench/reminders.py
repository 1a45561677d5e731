"""How fast and how exactly reminders go out: 1,000 subscriptions, every tenth dead, push service 120 ms away.

Beside it the way most code does it: `pywebpush.webpush()` in a loop, on the same push service. A real SQLite
file with `synchronous=FULL`, real encryption and signatures; the push service is on this machine, in its own
process.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as clock
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from pywebpush import webpush
from sqlalchemy import func, insert, select

from ledvei_pwa import create_app
from ledvei_pwa.features.people.actions import CreateService, create_service
from ledvei_pwa.features.people.records import Device, Person
from ledvei_pwa.features.reminders.actions import plan_session_reminders
from ledvei_pwa.features.reminders.delivery import deliver_due
from ledvei_pwa.features.reminders.records import PushSubscription, Reminder
from ledvei_pwa.features.supervision.records import Series, SeriesMember, Session
from ledvei_pwa.kernel.norwegian_calendar import local_moment
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.platform.registry import House
from ledvei_pwa.settings import Settings

LATENCY = 0.12  # seconds
PEOPLE = 1000
GROUP = 20
IN_A_LOOP = 40  # messages are enough to see the pace of the loop
NOW = local_moment(date(2026, 11, 16), clock(12))
DUE = local_moment(date(2026, 11, 17), clock(8))


@dataclass(frozen=True)
class PushStub:
    port: int

    def endpoint(self, name: str) -> str:
        return f"http://localhost:{self.port}/push/{name}"

    def counts(self) -> Counter[str]:
        with urllib.request.urlopen(f"http://localhost:{self.port}/counts") as answer:
            return Counter(json.load(answer))


def main() -> None:
    with push_stub() as stub, fresh_app() as app, app.app_context():
        fill(stub)
        began, worked = time.perf_counter(), time.process_time()
        taken = deliver_due(DUE)
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        called = stub.counts()
        left = db.session.scalar(select(func.count()).select_from(PushSubscription))
        sent = db.session.scalar(
            select(func.count()).select_from(Reminder).where(Reminder.sent_at.is_not(None))
        )
        again = deliver_due(DUE)
        loop = pace_of_loop(app.extensions["ledvei"], stub)
    dead = sum(name.startswith("dead-") for name in called)
    rows = [
        ("reminders due", taken, ""),
        ("sent, by Ledvei", f"{len(called) / seconds:.0f}/s", "≥ 300/s"),
        ("its processor time", f"{worked:.1f} s", f"alone would allow {len(called) / worked:.0f}/s"),
        (
            "sent, pywebpush in a loop",
            f"{loop:.1f}/s",
            f"{len(called) / seconds / loop:.0f} times as fast in Ledvei",
        ),
        ("reminders settled", sent, f"{taken} wanted"),
        ("sent twice", sum(count - 1 for count in called.values()), "0 wanted"),
        ("never sent", PEOPLE - len(called), "0 wanted"),
        ("dead addresses removed at once", f"{PEOPLE - (left or 0)} of {dead}", ""),
        ("taken again by a second run", again, "0 wanted"),
    ]
    print(f"{PEOPLE} subscriptions, {dead} dead, {LATENCY * 1000:.0f} ms to the push service")
    for name, figure, note in rows:
        print(f"{name:34} {figure!s:>14}   {note}")


@contextmanager
def push_stub() -> Iterator[PushStub]:
    command = [sys.executable, "-m", "bench._push_stub", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield PushStub(int(process.stdout.readline()))
        process.terminate()


@contextmanager
def fresh_app() -> Iterator[Flask]:
    with tempfile.TemporaryDirectory(prefix="ledvei-bench-") as folder:
        instance = Path(folder)
        ensure_keys(instance / "keys")
        url = f"sqlite:///{instance / 'bench.sqlite3'}"
        app = create_app(Settings(instance, url, "http://localhost", testing=True, limit_rates=False))
        with app.app_context():
            db.create_all()
        yield app
        with app.app_context():
            db.engine.dispose()


def fill(stub: PushStub) -> None:
    """Groups of twenty with a supervisor who is reminded in the app, and one session each on Thursday."""
    service_id = create_service(CreateService("Bench"), now=NOW).id
    for first in range(0, PEOPLE, GROUP):
        names = [
            f"{'dead' if number % 10 == 0 else 'live'}-{number}" for number in range(first, first + GROUP)
        ]
        people = {name: new_id() for name in names}
        add_people(service_id, [*people.values()])
        add_session(service_id, list(people.values()))
        add_subscriptions(service_id, people, stub)
    db.session.commit()


def add_people(service_id: str, ids: list[str]) -> None:
    about = {"service_id": service_id, "created_at": NOW, "quiet_hours": True}
    db.session.execute(
        insert(Person),
        [{"id": id_, "name": "Bench", "email": f"{id_}@bench.example", **about} for id_ in ids],
    )


def add_session(service_id: str, member_ids: list[str]) -> None:
    supervisor_id = new_id()
    add_people(service_id, [supervisor_id])
    starts_at = DUE + timedelta(days=2, hours=2)
    series = Series(
        id=new_id(),
        service_id=service_id,
        form="group",
        rule="FREQ=WEEKLY",
        start_date=starts_at.date(),
        local_time="10:00",
        minutes=60,
        supervisor_id=supervisor_id,
        created_at=NOW,
        memberships=[
            SeriesMember(service_id=service_id, person_id=id_, from_date=NOW.date()) for id_ in member_ids
        ],
    )
    session = Session(
        id=new_id(),
        service_id=service_id,
        series_id=series.id,
        starts_at=starts_at,
        minutes=60,
        status="planned",
    )
    db.session.add(series)
    db.session.flush()
    db.session.add(session)
    db.session.flush()
    plan_session_reminders(session.id, NOW)


def add_subscriptions(service_id: str, people: dict[str, str], stub: PushStub) -> None:
    for name, person_id in people.items():
        device_id, about = new_id(), {"service_id": service_id, "person_id": person_id, "created_at": NOW}
        db.session.add(Device(id=device_id, name="Bench", write_hash="", read_hash="", **about))
        db.session.flush()
        p256dh, auth = browser_keys()
        row = {
            "device_id": device_id,
            "endpoint": stub.endpoint(name),
            "p256dh": p256dh,
            "auth": auth,
            **about,
        }
        db.session.add(PushSubscription(id=new_id(), **row))


def browser_keys() -> tuple[str, str]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return text_of(raw), text_of(os.urandom(16))


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def pace_of_loop(house: House, stub: PushStub) -> float:
    """Messages a second."""
    p256dh, auth = browser_keys()
    began = time.perf_counter()
    for number in range(IN_A_LOOP):
        subscription = {"endpoint": stub.endpoint(f"loop-{number}"), "keys": {"p256dh": p256dh, "auth": auth}}
        claims: dict[str, str | int] = {"sub": "mailto:bench@localhost"}
        webpush(subscription, "{}", house.keyring.vapid_private, claims, ttl=60, timeout=10)
    return IN_A_LOOP / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
