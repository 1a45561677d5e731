"""Server processes on the test's own database that are killed, or held, at a known moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledvei_pwa.settings import Settings
from tests.support.device import Device, Sealed

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Lived:
    """What a child had answered when it ended."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    was_killed: bool = False
    stopped: int = 0  # process number of a child that stands still


class Mortal:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def send(self, device: Device, *batches: list[Sealed], **order: Any) -> Lived:
        """Let a child answer one request for each batch; wait until it has, or has died, or stands still.

        `die_at`: the moment; `stop_before_commit`, `sequence`: see the server; `warm`: no child, but the
        parent, so that later children find everything loaded.
        """
        self.begin(device, *batches, **order)
        return self.wait(Lived())

    def begin(self, device: Device, *batches: list[Sealed], signed_in: bool = True, **order: Any) -> None:
        """The same, without waiting. Who is not signed in sends, and fetches nothing."""
        questions = [question_of(device, operations) for operations in batches]
        cookie = cookie_of(device) if signed_in else ""
        self._say({"questions": questions, "cookie": cookie, "now": datetime.now(UTC).isoformat(), **order})

    def wait(self, lived: Lived) -> Lived:
        while "ended" not in (heard := self.hear()):
            if "stopped" in heard:
                lived.stopped = heard["stopped"]
                return lived
            assert heard["status"] == 200, heard
            lived.answers.append(heard["answer"])
        lived.was_killed = heard["ended"] == "killed"
        return lived

    def go_on(self, lived: Lived) -> Lived:
        """Let a child that stands still end its work."""
        os.kill(lived.stopped, signal.SIGCONT)
        return self.wait(lived)

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the server ended by itself: {self._process.poll()}"
        heard: dict[str, Any] = json.loads(line)
        return heard

    def _say(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()


@contextmanager
def mortal_server(settings: Settings) -> Iterator[Mortal]:
    command = [sys.executable, "-m", "tests.support.mortal_server"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    try:
        server = Mortal(process)
        server._say({**asdict(settings), "instance_path": str(settings.instance_path)})
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a child that stands still as well
        process.communicate()


def question_of(device: Device, operations: list[Sealed]) -> dict[str, Any]:
    return {
        "protocol": 1,
        "device": device.id,
        "read": device.read,
        "cursor": device.cursor,
        "epoch": device.epoch,
        "operations": operations,
        "digest": None,
        "build": "",
    }


def cookie_of(device: Device) -> str:
    cookie = device.client.get_cookie("ledvei")
    return f"{cookie.key}={cookie.value}" if cookie else ""
