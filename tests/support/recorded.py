"""The small service in which the requests of `tests/shared/protocol/` were recorded: fixed ids and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from sqlalchemy import select

from ledvei_pwa.features.people.actions import persons_by_ids
from ledvei_pwa.features.people.records import Device, Person, RoleHeld, Service
from ledvei_pwa.features.supervision.records import Series, SeriesMember, Session
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.key_files import Keys
from ledvei_pwa.platform.keyring import Keyring
from ledvei_pwa.platform.registry import House
from ledvei_pwa.platform.sessions import digest
from ledvei_pwa.sync.records import Entry, readings_of
from ledvei_pwa.sync.texts import conflicts_of, fields_of
from tests.support.device import from_base64url
from tests.support.people import sign_in

FOLDER = Path(__file__).parent.parent / "shared" / "protocol"
LONG_AGO = date(2020, 1, 1)
AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def read(version: int, name: str) -> Any:
    return json.loads((FOLDER / str(version) / name).read_text("utf-8"))


def versions() -> list[int]:
    return sorted(int(folder.name) for folder in FOLDER.iterdir() if folder.is_dir())


@contextmanager
def with_keys_of(house: House, world: dict[str, Any]) -> Iterator[None]:
    """The house with the recorded service's sealing key, which is for tests only."""
    private = int.from_bytes(from_base64url(world["key"]["private"]), "big")
    sealing = ec.derive_private_key(private, ec.SECP256R1())
    own, house.keyring = house.keyring, Keyring(Keys((bytes(32),), (sealing,), sealing, bytes(32)))
    assert house.keyring.sealing_key_id == world["key"]["id"]
    try:
        yield
    finally:
        house.keyring = own


def fill(world: dict[str, Any]) -> None:
    """Write the recorded service into an empty database. Commits."""
    service = world["service"]
    db.session.add(
        Service(id=service, name="Fjordvik", epoch=world["epoch"], change_counter=0, created_at=AT)
    )
    db.session.flush()
    for person in world["people"]:
        _add_person(service, person)
    db.session.flush()
    _add_series(service, world)
    for device in world["devices"]:
        _add_device(service, device)
    db.session.commit()


def entries() -> dict[str, dict[str, Any]]:
    """What has been written, by id."""
    return {
        entry.id: {
            "kind": entry.kind,
            "author": entry.author_id,
            "revision": entry.revision,
            "audience": entry.audience,
            "removed": entry.deleted_at is not None,
            "fields": fields_of(entry),
            "conflicts": sorted(conflicts_of(entry)),
            "seen_by": [reading.reader_id for reading in readings_of([entry.id]).get(entry.id, [])],
        }
        for entry in db.session.scalars(select(Entry).order_by(Entry.id))
    }


def browser_of(client: FlaskClient, device: dict[str, str]) -> FlaskClient:
    """The client, signed in as the device's person."""
    sign_in(client, persons_by_ids([device["person"]])[device["person"]])
    return client


def _add_person(service: str, person: dict[str, str]) -> None:
    db.session.add(
        Person(
            id=person["id"],
            service_id=service,
            name=person["name"],
            email=f"{person['id']}@fjordvik.example",
            language="nb",
            created_at=AT,
        )
    )
    db.session.flush()
    db.session.add(
        RoleHeld(
            id=new_id(), service_id=service, person_id=person["id"], role=person["role"], from_date=LONG_AGO
        )
    )


def _add_series(service: str, world: dict[str, Any]) -> None:
    series = Series(
        id=world["series"],
        service_id=service,
        form="group",
        rule="FREQ=WEEKLY;BYDAY=TH",
        start_date=date(2026, 11, 19),
        local_time="10:00",
        minutes=60,
        supervisor_id=world["supervisor"],
        created_at=AT,
    )
    db.session.add(series)
    db.session.flush()
    for member in world["members"]:
        row = SeriesMember(id=new_id(), service_id=service, person_id=member, from_date=LONG_AGO)
        series.memberships.append(row)
    for session in world["sessions"]:
        db.session.add(
            Session(
                id=session["id"],
                service_id=service,
                series_id=series.id,
                starts_at=datetime.fromisoformat(session["starts"]),
                minutes=60,
            )
        )


def _add_device(service: str, device: dict[str, str]) -> None:
    db.session.add(
        Device(
            id=device["id"],
            service_id=service,
            person_id=device["person"],
            name="Firefox, Android",
            write_hash=digest(device["write"]),
            read_hash=digest(device["read"]),
            created_at=AT,
        )
    )
