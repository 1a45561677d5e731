"""The fuzz of tests/fuzz, with a PostgreSQL of its own when that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    arguments, database = read_arguments(sys.argv[1:])
    with ExitStack() as around:
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        environment.pop("LEDVEI_TEST_DATABASE_URL", None)
        if database == "postgresql":
            services.install_missing()
            environment["LEDVEI_TEST_DATABASE_URL"] = around.enter_context(services.postgresql())
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", *arguments], cwd=ROOT, env=environment, check=False
        )
    raise SystemExit(ended.returncode)


def read_arguments(given: list[str]) -> tuple[list[str], str]:
    if "--database" not in given:
        return given, "sqlite"
    place = given.index("--database")
    if given[place + 1 :][:1] not in (["sqlite"], ["postgresql"]):
        raise SystemExit("DATABASE is sqlite or postgresql.")
    return [*given[:place], *given[place + 2 :]], given[place + 1]


if __name__ == "__main__":
    main()
