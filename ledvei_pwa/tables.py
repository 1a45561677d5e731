"""All tables of the house, found where tables may be: in a `records.py`, and in `platform/`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from sqlalchemy import MetaData

import ledvei_pwa
from ledvei_pwa.platform.database import db


def every_table() -> MetaData:
    """Knowing the tables takes no app, no keys and no database."""
    for name in modules_with_tables():
        import_module(name)
    return db.metadata


def modules_with_tables() -> Iterator[str]:
    for module in pkgutil.walk_packages(ledvei_pwa.__path__, "ledvei_pwa."):
        if module.name.endswith(".records") or module.name.startswith("ledvei_pwa.platform."):
            yield module.name
