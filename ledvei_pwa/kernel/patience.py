"""How guessing is slowed down: a few free tries, then a wait that doubles, never longer than a cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_DOUBLINGS = 20  # 2**20 seconds is far beyond any longest wait


@dataclass(frozen=True)
class Patience:
    """`free` wrong tries cost nothing; after `memory` without a wrong try all is forgotten."""

    free: int
    first: timedelta
    longest: timedelta
    memory: timedelta

    def wait_after(self, failures: int) -> timedelta:
        over = failures - self.free
        if over < 0:
            return timedelta(0)
        doubled: int = 2 ** min(over, MOST_DOUBLINGS)
        return min(self.first * doubled, self.longest)

    def remembers(self, last_failed_at: datetime, now: datetime) -> bool:
        return now - last_failed_at < self.memory
