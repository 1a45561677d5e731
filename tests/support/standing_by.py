"""A server that is killed again and again, and is there again at once: its modules are loaded beforehand."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.serving import LONGEST_START, free_port

# A mother that never serves: each word makes her bear a child, which is the `ledvei` command itself.
MOTHER = """
import os, sys
from ledvei_pwa.cli import main
for word in sys.stdin:
    child = os.fork()
    if child == 0:
        main(["serve"])
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@dataclass
class StandingBy:
    folder: Path
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    kills: int = 0
    serving: int = 0  # the process

    def __post_init__(self) -> None:
        with self.log.open("ab") as output:
            self.mother = subprocess.Popen(
                [sys.executable, "-c", MOTHER],
                cwd=self.folder,
                env={**self.environment, "PORT": str(self.port)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    def start(self) -> None:
        """Answers when it listens."""
        assert self.mother.stdin
        self.mother.stdin.write("serve\n")
        self.mother.stdin.flush()
        self.serving = int(self._hears(str.isdecimal))
        self._wait()

    def kill(self) -> None:
        """As when the power goes: nothing is finished, nothing is told."""
        os.kill(self.serving, signal.SIGKILL)
        assert self._hears("gone".__eq__)
        self.serving = 0
        self.kills += 1

    def stop(self) -> None:
        if self.serving:
            os.kill(self.serving, signal.SIGKILL)
        with self.mother:  # closes its pipes
            self.mother.kill()

    def _hears(self, wanted: Callable[[str], bool]) -> str:
        """What the mother says, past what the child has printed on the same paper."""
        assert self.mother.stdout
        for line in self.mother.stdout:
            if wanted(line.strip()):
                return line.strip()
        raise AssertionError(self.log.read_text()[-3000:])

    def _wait(self) -> None:
        until = time.monotonic() + LONGEST_START
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError(f"did not come up:\n{self.log.read_text()[-3000:]}")


@contextmanager
def standing_by(folder: Path, environment: Mapping[str, str]) -> Iterator[StandingBy]:
    server = StandingBy(folder, environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
