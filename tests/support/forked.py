"""The `ledvei` command in a process of its own, its modules loaded beforehand: starts in a fifth of the time.

Or a module of the tests, told as Python is told: `-m tests.support.small_service nb`.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_BORN_READY: Final = multiprocessing.get_context("forkserver")
_BORN_READY.set_forkserver_preload(["ledvei_pwa.cli", "tests.support.warmed_up", __name__])


class Forked:
    """Says and does what a `subprocess.Popen` says and does, as far as a server needs it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
        told = (folder, dict(environment), log, arguments)
        self._process = _BORN_READY.Process(target=run_told, args=told, daemon=True)
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("ledvei", timeout)
        return self._process.exitcode


def run_told(folder: Path, environment: Mapping[str, str], log: Path, arguments: tuple[str, ...]) -> None:
    from ledvei_pwa.cli import main

    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if arguments[0] == "-m":
        sys.argv = [*arguments[1:]]
        runpy.run_module(arguments[1], run_name="__main__")
    else:
        sys.argv = ["ledvei", *arguments]
        main()
