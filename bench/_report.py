"""How a measurement tells what it found: a line per figure, and a file for the README's table."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured value. `promised` is the limit in words; `kept` is None where nothing is promised."""

    name: str
    value: float
    unit: str
    promised: str = ""
    kept: bool | None = None
    peer: str = ""  # the same measured on something else, with its name


def report(measurement: str, figures: Iterable[Figure]) -> bool:
    """Print and keep the figures; True when every promise was kept."""
    figures = list(figures)
    for figure in figures:
        print(line_of(figure))
    keep(measurement, figures)
    return all(figure.kept is not False for figure in figures)


def keep(measurement: str, figures: Iterable[Figure]) -> None:
    """Without printing: for a measurement that shows a table of its own."""
    RESULTS.mkdir(exist_ok=True)
    kept = {"at": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine()}
    content = {**kept, "figures": [asdict(figure) for figure in figures]}
    (RESULTS / f"{measurement}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def line_of(figure: Figure) -> str:
    verdict = {True: "kept", False: "NOT KEPT", None: ""}[figure.kept]
    promise = f"promised {figure.promised}: {verdict}" if figure.promised else ""
    peer = f"({figure.peer})" if figure.peer else ""
    return "  ".join(
        part for part in (f"{figure.name:<44}{figure.value:>12,.4g} {figure.unit}", promise, peer) if part
    )


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
