"""The demo service as `ledvei serve --prepare` makes and serves it, in a folder that is gone afterwards."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.serving import Installation, Served

LONGEST_START = 300  # seconds: a year of history is made first


@dataclass(frozen=True)
class Demo:
    installation: Installation
    served: Served

    def link(self, role: str, address: str) -> str:
        """The sign-in link of the one who shows this role, at another address of the same server."""
        links = json.loads(self.installation.run("links", "--json").stdout)
        return address + "/demo/" + str(links[role]).rpartition("/demo/")[2]

    def resident_memory(self) -> float:
        """MB that the serving process holds now, the worker for reminders inside."""
        status = Path(f"/proc/{self.served.process.pid}/status").read_text()
        row = next(row for row in status.splitlines() if row.startswith("VmRSS:"))
        return int(row.split()[1]) / 1024


@contextmanager
def demo_served() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="ledvei-bench-") as folder:
        installation = Installation(Path(folder))
        with installation.serving("--prepare", longest_start=LONGEST_START) as served:
            yield Demo(installation, served)
