"""A Ledvei of its own for a test: the `ledvei` command in a folder, run and served as in the world."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.forked import Forked

LONGEST_START: Final = 60  # seconds; two tests may be starting at once on a small machine


@dataclass(frozen=True)
class Installation:
    """A folder, and the `ledvei` command that works in it."""

    folder: Path
    command: Path = field(default_factory=lambda: Path(sys.executable).with_name("ledvei"))
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            [self.command, *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert not check or ended.returncode == 0, ended.stdout + ended.stderr
        return ended

    @contextmanager
    def serving(
        self, *options: str, port: int | None = None, longest_start: int = LONGEST_START
    ) -> Iterator[Served]:
        """Serve until the block ends; then stop it as systemd does, and see that it ended well."""
        port = port or free_port()
        environment = {**self._environment(), "PORT": str(port)}
        log = self.folder / "serve.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [self.command, "serve", *options],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=output,
            )
        served = Served(f"http://localhost:{port}", process, log)
        try:
            served.wait(longest_start)
            yield served
        finally:
            served.stop()

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("LEDVEI_", "PYTEST_"))
        }
        return {**inherited, **self.environment}


@dataclass
class Served:
    address: str
    process: subprocess.Popen[bytes] | Forked
    log: Path

    def wait(self, longest: int = LONGEST_START) -> None:
        until = time.monotonic() + longest
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                self.health()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"did not come up:\n{self.log.read_text()}")

    def wait_for_worker(self) -> None:
        """Its first heartbeat comes as it begins."""
        until = time.monotonic() + LONGEST_START
        while not self.health()["worker"]:
            assert time.monotonic() < until, "the worker gave no sign of life"
            time.sleep(0.2)

    def health(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/healthz").read()))

    def get(self, path: str, **headers: str) -> Any:
        return urllib.request.urlopen(
            urllib.request.Request(self.address + path, headers=headers), timeout=20
        )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """As when the power goes."""
        self.process.kill()
        self.process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
