"""The server's disk is full: what was acknowledged is there, the rest is taken when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from ledvei_pwa import create_app
from ledvei_pwa.platform.database import db
from ledvei_pwa.settings import Settings
from ledvei_pwa.sync.records import Revision
from tests.support.device import Device, Sealed
from tests.support.world import World, a_world

pytestmark = pytest.mark.one_database
# What is left when the disk is "full": some operations fit.
PAGES_LEFT = 30
BYTES_LEFT = 240 * 1024  # each commit writes whole pages to the log before the file
OPERATIONS = 24
DISK = "8m"


@dataclass
class Small:
    """A service on a disk with little room."""

    world: World
    fill_up: Callable[[], None]
    make_room: Callable[[], None]


@pytest.fixture(params=["SQLite's own limit", "a disk"])
def small(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, now: datetime
) -> Iterator[Small]:
    with ExitStack() as around:
        is_disk = request.param == "a disk"
        folder = around.enter_context(a_small_disk(tmp_path)) if is_disk else tmp_path
        app = create_app(replace(settings, database_url=f"sqlite:///{folder}/small.sqlite3"))
        with app.app_context():
            db.create_all()
            limits = on_disk(folder) if is_disk else by_pragma()
            yield Small(a_world(app, now), *limits)
            db.session.remove()
            db.engine.dispose()


@contextmanager
def a_small_disk(place: Path) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("making a small disk needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def on_disk(folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    """Something else fills the disk, down to the last page."""
    filler = folder / "filler"

    def fill_up() -> None:
        found = os.statvfs(folder)
        filler.write_bytes(bytes(found.f_bavail * found.f_frsize - BYTES_LEFT))

    return fill_up, filler.unlink


def by_pragma() -> tuple[Callable[[], None], Callable[[], None]]:
    """https://sqlite.org/pragma.html#pragma_max_page_count gives the same error as a full disk."""
    most = 10**6

    def limit(connection: Any, *_others: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={most}")

    def set_most(pages: int) -> None:
        nonlocal most
        most = pages
        db.session.rollback()

    def fill_up() -> None:
        with db.engine.connect() as connection:
            count = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        set_most(count + PAGES_LEFT)

    event.listen(db.engine, "checkout", limit)
    return fill_up, lambda: set_most(10**6)


@pytest.fixture
def phone(small: Small) -> Device:
    return small.world.device(small.world.caseworker)


@pytest.fixture
def day(small: Small, phone: Device) -> list[Sealed]:
    """More than there is room for."""
    texts = [f"{number} " + "å" * 1990 for number in range(OPERATIONS)]
    scope = small.world.scope
    return [
        phone.seal(phone.operation("topic", scope=scope, question=text, audience="private")) for text in texts
    ]


def send(phone: Device, operations: list[Sealed]) -> dict[str, str]:
    """The result of each operation. Whatever fails on the server, there is an answer."""
    response = phone.post(operations=operations)
    assert response.status_code == 200
    return {result["id"]: result["result"] for result in response.get_json()["results"]}


def test_on_a_full_disk_every_operation_is_either_taken_or_to_be_sent_again(
    small: Small, phone: Device, day: list[Sealed]
) -> None:
    small.fill_up()
    results = send(phone, day)
    assert set(results.values()) == {"applied", "retry"}
    assert counted_revisions() == list(results.values()).count("applied")


def test_when_there_is_room_again_the_rest_is_taken_and_nothing_twice(
    small: Small, phone: Device, day: list[Sealed]
) -> None:
    small.fill_up()
    first = send(phone, day)
    second = send(phone, day)
    small.make_room()
    third = send(phone, day)
    for operation, result in first.items():
        was_taken = "applied" in (result, second[operation])
        assert third[operation] == ("duplicate" if was_taken else "applied")
    assert counted_revisions() == OPERATIONS
    phone.sync()  # asserts that device and server hold the same


def counted_revisions() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Revision)) or 0
