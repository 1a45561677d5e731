"""Which script files belong together: read from their import statements, or as the build wrote it down."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILT: Final = "vendor/js/files.json"  # by scripts/build-vendor.mjs
# `import … from "./x.js"`, `export … from "./x.js"` and `import "./x.js"`.
NOW: Final = re.compile(r"""^(?:import|export)\s(?:[\w*{}\s,]+?\sfrom\s+)?["'](\.[^"']+)["']""", re.MULTILINE)
# `import("./x.js")`, while the page runs. The same words name types in comments: those are taken out first.
LATER: Final = re.compile(r"""\bimport\(["'](\.[^"']+)["']\)""")
COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)


class ModuleMissingError(Exception):
    """A script imports a file that is not there. The app would stop on the device, so it is not served."""


@dataclass(frozen=True)
class Scripts:
    """Paths below the static folder: `now` is the first file and what it waits for, `later` the rest."""

    now: list[str]
    later: list[str]


def scripts_of(static: Path, entry: str) -> Scripts:
    """The bundle of an entry if it was made from the scripts as they are, else they themselves."""
    return _bundled(static, entry) or _unbundled(static, entry)


def sources_now(static: Path, entry: str) -> list[str]:
    """The entry and all it waits for as they were written, whether or not they are served in a bundle."""
    return _reached(static, entry, (NOW,))


def fingerprint(static: Path) -> str:
    """The twin of `fingerprint` in scripts/build-vendor.mjs."""
    digest = hashlib.sha256()
    files = {path.relative_to(static).as_posix(): path for path in (static / "js").rglob("*.js")}
    for name in sorted(files):
        digest.update(name.encode() + b"\0")
        digest.update(files[name].read_bytes())
    return digest.hexdigest()


def _bundled(static: Path, entry: str) -> Scripts | None:
    if not (static / BUILT).is_file():
        return None
    built = json.loads((static / BUILT).read_text(encoding="utf-8"))
    return Scripts(**built["bundles"][entry]) if built["made_from"] == fingerprint(static) else None


def _unbundled(static: Path, entry: str) -> Scripts:
    now = _reached(static, entry, (NOW,))
    everything = _reached(static, entry, (NOW, LATER))
    return Scripts(now, [path for path in everything if path not in now])


def _reached(static: Path, entry: str, imports: tuple[re.Pattern[str], ...]) -> list[str]:
    """The entry and all it imports, each once, the nearest first."""
    found: list[str] = []
    waiting = [entry]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found.append(path)
        waiting.extend(_imports_of(static, path, imports))
    return found


def _imports_of(static: Path, path: str, imports: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    """Paths below `static`. The parts from npm import nothing: they are built whole."""
    try:
        source = (static / path).read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise ModuleMissingError(f"static/{path}") from missing
    if path.startswith("vendor/"):
        return
    source = COMMENT.sub("", source)
    for kind in imports:
        for match in kind.finditer(source):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))
