"""Everything a change must pass, as named steps. All are run; the first failure does not hide the second.

python scripts/check.py all     style and types, scripts, Python on SQLite, browsers, Python on PostgreSQL
python scripts/check.py fast    the same without browsers and without the second database
python scripts/check.py lint    style and types only
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
NODE = ROOT / "node_modules" / ".bin"
PYTEST = [PYTHON, "-m", "pytest", "--quiet"]
TWO_AT_A_TIME = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


LINT = [
    Step("Python style", [f"{BIN}/ruff", "check", "."]),
    Step("Python format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."]),
    Step("Python types", [f"{BIN}/mypy"]),
    Step("Import directions", [f"{BIN}/lint-imports"]),
    Step("Templates", [f"{BIN}/djlint", "--lint", "--quiet", "ledvei_pwa/templates"]),
    Step(
        "Script style",
        [
            f"{NODE}/biome",
            "check",
            "--log-level=warn",
            "ledvei_pwa/static",
            "scripts",
            "tests/js",
            "tests/fuzz",
        ],
    ),
    Step("Script types", [f"{NODE}/tsc", "--project", "jsconfig.json"]),
    Step("Languages", [PYTHON, "scripts/catalogues.py", "--check"]),
]
# Else Node leaves one processor to itself, which is half of them on a small machine.
NODE_TEST = ["node", "--test", "--test-concurrency=2", "--test-reporter=spec"]
SCRIPTS = [Step("Scripts", [*NODE_TEST, "tests/js/"])]
PYTHON_ON_SQLITE = [Step("Python on SQLite", [*PYTEST, *TWO_AT_A_TIME, "-m", "not browser"])]
BROWSERS = [Step("Browsers", [*PYTEST, *TWO_AT_A_TIME, "-m", "browser"])]
ON_POSTGRESQL = [*PYTEST, *TWO_AT_A_TIME, "-m", "not browser and not one_database"]


def main() -> None:
    which = sys.argv[1] if len(sys.argv) > 1 else "all"
    os.chdir(ROOT)
    with ExitStack() as around:
        steps = steps_of(which, around)
        ended = {**take_beside_each_other(LINT), **{step.name: take(step) for step in steps}}
    failed = [name for name, ok in ended.items() if not ok]
    print(
        f"\n{len(ended) - len(failed)} of {len(ended)} passed."
        + (f" Failed: {', '.join(failed)}." if failed else "")
    )
    raise SystemExit(1 if failed else 0)


def steps_of(which: str, around: ExitStack) -> list[Step]:
    """What comes after style and types."""
    if which == "lint":
        return []
    if which == "fast":
        return [*SCRIPTS, *PYTHON_ON_SQLITE]
    services.install_missing()
    redis = {"LEDVEI_TEST_REDIS_URL": around.enter_context(services.redis())}
    databases = {**redis, "LEDVEI_TEST_DATABASE_URL": around.enter_context(services.postgresql())}
    on_sqlite = [Step(step.name, step.command, redis) for step in (*PYTHON_ON_SQLITE, *BROWSERS)]
    return [*SCRIPTS, *on_sqlite, Step("Python on PostgreSQL", ON_POSTGRESQL, databases)]


def take(step: Step) -> bool:
    print(f"\n— {step.name}", flush=True)
    begun = time.monotonic()
    ended = subprocess.run(step.command, env={**os.environ, **step.environment}, check=False)
    return tell(ended.returncode, time.monotonic() - begun)


def take_beside_each_other(steps: list[Step]) -> dict[str, bool]:
    """Two at a time: each uses one processor. What they say is shown in the order of the list."""
    with ThreadPoolExecutor(2) as two:
        coming = [two.submit(listen, step) for step in steps]
        return {step.name: show(step, *heard.result()) for step, heard in zip(steps, coming, strict=True)}


def listen(step: Step) -> tuple[subprocess.CompletedProcess[bytes], float]:
    """How it ended, with all that it said, and how long it took."""
    begun = time.monotonic()
    environment = {**os.environ, **step.environment}
    ended = subprocess.run(
        step.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return ended, time.monotonic() - begun


def show(step: Step, ended: subprocess.CompletedProcess[bytes], seconds: float) -> bool:
    print(f"\n— {step.name}\n{ended.stdout.decode(errors='replace')}", end="")
    return tell(ended.returncode, seconds)


def tell(code: int, seconds: float) -> bool:
    print(f"  {'ok' if code == 0 else 'FAILED'} in {seconds:.0f} s", flush=True)
    return code == 0


if __name__ == "__main__":
    main()
