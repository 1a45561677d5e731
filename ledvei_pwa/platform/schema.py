"""The database's tables: which revision they are at, and how to bring them to the newest (Alembic)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from ledvei_pwa.platform.assets import find_folder

HEAD_FILE: Final = ".current-head"  # two branches that add a migration each cannot merge unseen


def alembic_config(database_url: str = "") -> Config:
    config = Config()
    # Alembic reads % as a sign of its own; with `os` a path may hold a space.
    folder = str(find_folder("migrations")).replace("%", "%%")
    config.set_main_option("script_location", f"{folder}/alembic")
    config.set_main_option("version_locations", folder)
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["database_url"] = database_url
    return config


@lru_cache(maxsize=1)
def newest_revision() -> str | None:
    """The revision that this version of the code needs, e.g. `0001`; None while there is none."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def every_revision() -> set[str]:
    """All that this version of the code knows."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return {script.revision for script in scripts.walk_revisions()}


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_newest(engine: Engine) -> bool:
    return current_revision(engine) == newest_revision()


def upgrade(database_url: str, revision: str = "head") -> None:
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    command.downgrade(alembic_config(database_url), revision)


def new_revision(database_url: str, intent: str) -> str:
    """Write `migrations/000N_<intent>.py` from the difference between tables and models; answer its name."""
    config = alembic_config(database_url)
    number = int(newest_revision() or "0") + 1
    command.revision(config, message=intent, rev_id=f"{number:04}", autogenerate=True)
    newest_revision.cache_clear()
    (written,) = find_folder("migrations").glob(f"{number:04}_*.py")
    lines = written.read_text().splitlines(keepends=True)
    written.write_text(
        "".join(line for line in lines if not line.startswith("    # ###"))
    )  # a person reads it
    written.with_name(HEAD_FILE).write_text(written.stem + "\n")
    return written.name
