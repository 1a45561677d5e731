"""Which script files belong together, and whether their bundle is of these very files."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# `import … from "./x.js"`, `export … from "./x.js"` and `import "./x.js"`. What the running app imports
# (words for new passphrases) is needed only where there is a network, and is not kept.
IMPORT: Final = re.compile(
    r"""^(?:import|export)\s(?:[\w*{}\s,]+?\sfrom\s+)?["'](\.[^"']+)["']""", re.MULTILINE
)

# Made by scripts/build-vendor.mjs. While one edits the scripts they are stale, and the files themselves go out.
BUNDLES: Final = {"js/app.js": "vendor/js/app.js", "js/worker/main.js": "vendor/js/worker.js"}


class ModuleMissingError(Exception):
    """A script imports a file that is not there. The app would stop on the device, so it is not served."""


def modules_from(static: Path, *entries: str) -> list[str]:
    """Paths below `static` of the entries and all they import, each once, those nearest the entries first."""
    found: list[str] = []
    waiting = list(entries)
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found.append(path)
        waiting.extend(imports_of(static, path))
    return found


def imports_of(static: Path, path: str) -> Iterator[str]:
    """What one file imports, as paths below `static`. Parts from npm import nothing: they are built whole."""
    try:
        source = (static / path).read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise ModuleMissingError(f"static/{path}") from missing
    if path.startswith("vendor/"):
        return
    for match in IMPORT.finditer(source):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1]))


def served_as(static: Path, entry: str) -> str:
    """The bundle of an entry if it is made from the scripts as they are, else the entry itself."""
    bundle = static / BUNDLES[entry]
    if not bundle.is_file():
        return entry
    with bundle.open(encoding="utf-8") as lines:
        made_from = lines.readline().strip()
    return BUNDLES[entry] if made_from == f"// made from {fingerprint(static)}" else entry


def fingerprint(static: Path) -> str:
    """The twin of `fingerprint` in scripts/build-vendor.mjs."""
    digest = hashlib.sha256()
    files = {path.relative_to(static).as_posix(): path for path in (static / "js").rglob("*.js")}
    for name in sorted(files):
        digest.update(name.encode() + b"\0")
        digest.update(files[name].read_bytes())
    return digest.hexdigest()
