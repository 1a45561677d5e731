"""All settings, in one place: from the environment (`LEDVEI_…`) and the instance folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ledvei_pwa.platform.assets import content_hash

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8000
DEFAULT_BACKUPS: Final = 14


class UnsafeSettings(Exception):
    """The settings contradict each other or would put texts at risk. The message says what to change."""


@dataclass(frozen=True)
class Settings:
    """What a host decides. Everything else is decided by the code or by the service's own settings page."""

    instance_path: Path
    database_url: str
    base_url: str  # the address people type, without a slash at the end
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    redis_url: str = ""  # jobs and rates through Redis when set, else here
    limit_rates: bool = True  # off for who measures, or has a limiter of their own in front
    backup_folder: Path | None = None  # where the worker puts a sealed backup each night
    backup_keep: int = DEFAULT_BACKUPS  # how many stay there
    proxies: int = 0  # how many in front of us set X-Forwarded-…; with 0 nobody is believed
    testing: bool = False
    build: str = ""  # content hash of all that the browser gets

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def keys_path(self) -> Path:
        return self.instance_path / "keys"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `LEDVEI_…` and plain `HOST` and `PORT`; raise `UnsafeSettings` on a bad combination."""
        instance = Path(environ.get("LEDVEI_INSTANCE", "instance")).absolute()
        host = environ.get("LEDVEI_HOST") or environ.get("HOST") or DEFAULT_HOST
        port = read_port(environ.get("LEDVEI_PORT") or environ.get("PORT") or str(DEFAULT_PORT))
        settings = cls(
            instance_path=instance,
            database_url=with_driver(environ.get("LEDVEI_DATABASE_URL") or default_database(instance)),
            base_url=(environ.get("LEDVEI_BASE_URL") or f"http://localhost:{port}").rstrip("/"),
            host=host,
            port=port,
            redis_url=environ.get("LEDVEI_REDIS_URL", ""),
            limit_rates=read_switch("LEDVEI_RATE_LIMITS", environ.get("LEDVEI_RATE_LIMITS", "on")),
            backup_folder=read_folder(environ.get("LEDVEI_BACKUP_FOLDER", "")),
            backup_keep=read_kept(environ.get("LEDVEI_BACKUP_KEEP") or str(DEFAULT_BACKUPS)),
            proxies=read_proxies(environ.get("LEDVEI_PROXIES", "0")),
            build=content_hash(),
        )
        refuse_unsafe(settings)
        return settings


def default_database(instance: Path) -> str:
    return f"sqlite:///{instance / 'ledvei.sqlite3'}"


def with_driver(url: str) -> str:
    """Name the driver that we install, so that the URL a hosting company hands out works as it is."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def read_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UnsafeSettings(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def read_switch(name: str, text: str) -> bool:
    if text not in {"on", "off"}:
        raise UnsafeSettings(f"{name} is {text!r}; it must be on or off.")
    return text == "on"


def read_folder(text: str) -> Path | None:
    return Path(text).absolute() if text else None


def read_kept(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise UnsafeSettings(f"LEDVEI_BACKUP_KEEP is {text!r}; it must be a number from 1 to 999.")
    return int(text)


def read_proxies(text: str) -> int:
    if not text.isdecimal() or int(text) > 5:
        raise UnsafeSettings(
            f"LEDVEI_PROXIES is {text!r}; it must be the number of proxies in front, 0 to 5."
        )
    return int(text)


def refuse_unsafe(settings: Settings) -> None:
    """Stop before a password or a text travels in the open."""
    address = urlsplit(settings.base_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UnsafeSettings(f"LEDVEI_BASE_URL is {settings.base_url!r}; write it as https://name.example.")
    if address.scheme == "http" and not is_this_machine(address.hostname):
        # Browsers give service workers and crypto.subtle to secure contexts only (w3.org/TR/secure-contexts).
        raise UnsafeSettings("LEDVEI_BASE_URL must begin with https:// for any name but localhost.")
    if not settings.database_url.startswith(("sqlite://", "postgresql+psycopg://")):
        raise UnsafeSettings("LEDVEI_DATABASE_URL must be a SQLite or PostgreSQL address.")


def is_this_machine(hostname: str) -> bool:
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return False
