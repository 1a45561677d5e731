"""A small real service behind a real server, and people at real browsers."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from ledvei_pwa.platform import assets
from tests.support.engines import Chromium, Engine, Firefox, WebKit, new_profile, remove_profile
from tests.support.forked import Forked
from tests.support.serving import Installation, Served, free_port
from tests.support.walker import Walker

ROOT = Path(__file__).resolve().parents[2]
PHONE, TABLET = (360, 640), (1024, 768)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker("browser")


@dataclass
class House:
    """An installation with the small service, its server that can be stopped and started on the same port."""

    installation: Installation
    facts: dict[str, Any]
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    server: Served | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        log = self.installation.folder / "serve.log"
        told = environment(PORT=str(self.port), **self.settings)
        process = Forked(self.installation.folder, told, log, "serve")
        self.server = Served(self.address, process, log)
        self.server.wait()

    def stop(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.installation.folder / 'instance' / 'ledvei.sqlite3'}"

    @property
    def database(self) -> list[Path]:
        return list((self.installation.folder / "instance").glob("*.sqlite3*"))


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEDVEI_", "PYTEST_"))}
    return {**kept, **more, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(params=["nb", "nn"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(tmp_path: Path, language: str) -> Iterator[House]:
    house = small_house(tmp_path / "house", language)
    house.start()
    yield house
    house.stop()


def small_house(folder: Path, language: str = "nb") -> House:
    return copied_house(folder, "small_service", language)


def copied_house(folder: Path, kind: str, language: str) -> House:
    """Not started yet. The service is made once; each test gets a copy with the same people."""
    made, facts = made_service(kind, language)
    shutil.copytree(made, folder, dirs_exist_ok=True)
    (folder / "instance" / "static").symlink_to(published_files())
    return House(Installation(folder), json.loads(facts))


@cache
def made_service(kind: str, language: str) -> tuple[Path, str]:
    """By a module of `tests/support`, which says what one must know of it."""
    folder = own_folder()
    return folder, run_in(folder, "-m", f"tests.support.{kind}", language).splitlines()[-1]


@cache
def published_files() -> Path:
    """What a server does at its first start: all that browsers get, compressed as hard as can be."""
    return assets.publish(own_folder(), assets.content_hash()).parent


def own_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ledvei-service-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def run_in(folder: Path, *arguments: str) -> str:
    """What it says, when it ends well."""
    with tempfile.NamedTemporaryFile(prefix="ledvei-said-") as said:
        ended = Forked(folder, environment(), Path(said.name), *arguments).wait(timeout=120)
        text = Path(said.name).read_text()
    assert ended == 0, text
    return text


@pytest.fixture
def browsers() -> Iterator[list[Engine]]:
    started: list[Engine] = []
    yield started
    for engine in started:
        with suppress(Exception):  # a killed browser has nothing left to close
            engine.stop()
        remove_profile(engine.profile)


@pytest.fixture
def chromium(
    playwright: Playwright, browsers: list[Engine], house: House, language: str
) -> Callable[..., Walker]:
    """Open a Chromium with a profile of its own: `chromium(size=TABLET)` gives the person in front of it."""

    def open_one(size: tuple[int, int] = PHONE, **options: Any) -> Walker:
        engine = Chromium(new_profile("chromium"), size, playwright, **options)
        engine.start()
        browsers.append(engine)
        return Walker(engine, house.address, language)

    return open_one


@pytest.fixture
def other_engine(browsers: list[Engine], house: House, language: str) -> Callable[[type[Engine]], Walker]:
    def open_one(kind: type[Engine]) -> Walker:
        engine = kind(new_profile(kind.name), PHONE)
        engine.start()
        browsers.append(engine)
        return Walker(engine, house.address, language)

    return open_one


ENGINES: dict[str, type[Engine]] = {"firefox": Firefox, "webkit": WebKit}
