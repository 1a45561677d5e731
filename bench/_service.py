"""A real service for a measurement, served as in the world, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from ledvei_pwa import create_app
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings, default_database
from tests.support.people import a_person, a_service, sign_in
from tests.support.serving import Installation, Served


@dataclass(frozen=True)
class Service:
    """`app` works on the same database as the process that serves."""

    app: Flask
    served: Served

    @property
    def port(self) -> int:
        return int(self.served.address.rpartition(":")[2])

    def somebody_signed_in(self) -> str:
        """A new caseworker, and the cookie of their browser."""
        client = self.app.test_client()
        with self.app.app_context():
            sign_in(client, a_person())
            name = self.app.config["SESSION_COOKIE_NAME"]
            cookie = client.get_cookie(name)
            db.session.remove()
        assert cookie
        return f"{name}={cookie.value}"


@contextmanager
def service_served() -> Iterator[Service]:
    with tempfile.TemporaryDirectory(prefix="ledvei-bench-") as folder:
        app = new_installation(Path(folder) / "instance")
        with app.app_context():
            a_service()
            db.session.remove()
        # Whoever measures asks more often than a person does.
        unlimited = {"LEDVEI_RATE_LIMITS": "off"}
        with Installation(Path(folder), environment=unlimited).serving("--no-worker") as served:
            yield Service(app, served)
        with app.app_context():
            db.engine.dispose()


def new_installation(instance: Path) -> Flask:
    instance.mkdir(mode=0o700)
    ensure_keys(instance / "keys")
    url = default_database(instance)
    schema.upgrade(url)
    return create_app(Settings(instance, url, "http://localhost", limit_rates=False))
