"""Fixtures of all tests. One app for each process; each test starts with empty tables, commits are real."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from ledvei_pwa import create_app
from ledvei_pwa.platform import database, passwords
from ledvei_pwa.platform.assets import content_hash
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.platform.registry import House
from ledvei_pwa.settings import Settings
from tests.support.database import empty_tables, temporary_database
from tests.support.page_client import PageClient

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

# What people type is hashed slowly. tests/platform/test_passwords.py looks at the real cost.
REAL_COST_OF_CODES, REAL_HASHER = passwords.COST_OF_CODES, passwords._HASHER
passwords.COST_OF_CODES = passwords.Cost(1, 8, 1)
passwords._HASHER = PasswordHasher(**asdict(passwords.COST_OF_CODES))

MADE_ANEW = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-(?!8000-0|bfff-f)[0-9a-f]{4}-[0-9a-f]{12}")
WEDNESDAY_AT_TEN = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo("Europe/Oslo"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is left alone with it at the end."""
    if made_anew := [item.nodeid for item in items if MADE_ANEW.search(item.nodeid)]:
        raise pytest.UsageError(f"Give these names of their own, the same in each process: {made_anew[:3]}")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def settings(worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a test app with an instance folder, keys and an empty database of its own."""
    instance = tmp_path_factory.mktemp("instance")
    ensure_keys(instance / "keys")
    with temporary_database(worker_name) as url:
        yield Settings(
            instance_path=instance,
            database_url=url,
            base_url="http://localhost",
            testing=True,
            limit_rates=False,  # the clock stands still: a minute would never end
            build=content_hash(),
        )


@pytest.fixture(scope="session")
def _app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context():
        database.db.create_all()
    yield app
    with app.app_context():
        database.db.session.remove()
        database.db.engine.dispose()


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    """The app in an app context, with empty tables."""
    with _app.app_context():
        yield _app
        empty_tables(_app)


@pytest.fixture
def db(app: Flask) -> SQLAlchemy:
    return database.db


@pytest.fixture
def house(app: Flask) -> House:
    return app.extensions["ledvei"]


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without scripts that checks every page it gets (see tests/support/page_client.py)."""
    return PageClient(app)


@pytest.fixture
def make_app(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Another app on the same database: `make_app(base_url="https://ledvei.example")`."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        made.append(create_app(replace(settings, **changes)))
        return made[-1]

    yield make
    for other in made:
        with other.app_context():
            database.db.engine.dispose()


@pytest.fixture
def now() -> Iterator[datetime]:
    """Wednesday 18 November 2026, ten o'clock in Oslo. The clock stands still while the test runs."""
    with time_machine.travel(WEDNESDAY_AT_TEN, tick=False):
        yield WEDNESDAY_AT_TEN
