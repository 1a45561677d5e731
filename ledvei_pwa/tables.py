"""All tables of the house, found where tables may be: in a `records.py`, and in `platform/`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from sqlalchemy import MetaData

from ledvei_pwa.platform.assets import PACKAGE
from ledvei_pwa.platform.database import db


def every_table() -> MetaData:
    """Knowing the tables takes no app, no keys and no database."""
    for name in modules_with_tables():
        import_module(name)
    return db.metadata


def modules_with_tables() -> Iterator[str]:
    """By their files: reading a package to find what is in it would run it."""
    for path in sorted(
        [*PACKAGE.glob("*/records.py"), *PACKAGE.glob("*/*/records.py"), *PACKAGE.glob("platform/*.py")]
    ):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__")
