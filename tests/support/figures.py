"""How often to kill, and what came of it. `make kills` asks for many and prints the figures last."""

from __future__ import annotations

import os
from pathlib import Path


def kills_wanted(few: int) -> int:
    """`few` in a test run; `KILLS` says another number."""
    return int(os.environ.get("KILLS") or few)


def tell(title: str, **figures: object) -> None:
    line = f"{title}: " + " ".join(f"{name}={value}" for name, value in figures.items())
    print(line)
    if file := os.environ.get("KILLS_FIGURES"):
        with Path(file).open("a") as output:
            output.write(line + "\n")
