"""The devices' process and what is said over its pipe."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

MAIN = Path(__file__).parent / "device" / "main.mjs"


class DevicesBroken(Exception):
    """The process on the other side, or what it was told to do, is wrong. Says nothing about the product."""


@dataclass
class Devices:
    """Each `tell` is done whole, with all that follows from it, before it answers."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, mistakes: list[dict[str, str]] | None = None) -> Self:
        environment = {**os.environ, "LEDVEI_FUZZ_MISTAKES": json.dumps(mistakes or [])}
        process = subprocess.Popen(
            ["node", "--max-old-space-size=512", str(MAIN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        devices = cls(process)
        devices._read()
        return devices

    def tell(self, *orders: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(orders) + "\n")
        self.process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise DevicesBroken(f"the process ended with {self.process.poll()}")
        answer: dict[str, Any] = json.loads(line)
        if "broken" in answer:
            raise DevicesBroken(answer["broken"])
        return answer
