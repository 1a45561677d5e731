"""Programs in Node that are measured beside ours, and how one talks with them: see `bench/peers/`.

They are installed there by the first measurement that needs them, at the versions in their lock file. Nothing
else needs them.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "peers"
LOCK = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules" / ".ledvei-lock"


class PeerFailed(Exception):
    """What was asked of the program in Node went wrong there. The message is its own."""


@dataclass(frozen=True)
class Helper:
    """A program of `bench/peers/` that does what it is told, one thing at a time."""

    process: subprocess.Popen[str]

    def ask(self, act: str, **about: Any) -> dict[str, Any]:
        """Waits until it is done. Raises `PeerFailed`."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"act": act, **about}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise PeerFailed(f"{self.process.args!r} ended during {act}")
        told: dict[str, Any] = json.loads(answer)
        if "failed" in told:
            raise PeerFailed(told["failed"])
        return told


def install() -> None:
    """At the versions of the lock file, with nothing built here: no part of it has native code."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=FOLDER, check=True)
    INSTALLED.write_text(wanted)


def version_of(package: str) -> str:
    about: dict[str, Any] = json.loads((FOLDER / "node_modules" / package / "package.json").read_text())
    return str(about["version"])


@contextmanager
def helper(program: str) -> Iterator[Helper]:
    """A new process, gone at the end of the block."""
    with subprocess.Popen(
        ["node", FOLDER / program], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Helper(process)
        finally:
            process.kill()


@contextmanager
def couchdb_server() -> Iterator[int]:
    """An empty database `bench` behind CouchDB's protocol. Yields its port."""
    with subprocess.Popen(
        ["node", FOLDER / "couchdb_server.mjs"], cwd=FOLDER, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def told_by(program: str, *arguments: str) -> dict[str, Any]:
    """What a program says that ends by itself, as JSON."""
    ended = subprocess.run(
        ["node", FOLDER / program, *arguments], cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=True
    )
    return dict(json.loads(ended.stdout))
