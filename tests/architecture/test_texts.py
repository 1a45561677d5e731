"""Texts are opened in few places, and whatever hands one to somebody else writes it down first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "ledvei_pwa"
# Who opens texts, and why nobody gets another's unlogged by it. `sync/pull.py` logs what `render` gives.
OPENERS = {
    "sync/expiry.py": "to see whether an agreement or a topic is open",
    "sync/own_data.py": "to their author alone",
    "sync/own_texts.py": "to their author alone",
    "sync/retention.py": "to see whether devices keep it",
    "sync/subjects.py": "for `sync/pull.py`, which logs it",
    "sync/texts.py": "these are they",
    "sync/writing.py": "to merge; a device hears that it was taken, and no words",
}


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def modules_that_import(*wanted: str) -> set[str]:
    return {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(name.startswith(wanted) for name in imports_of(path))
    }


def test_texts_are_opened_where_it_is_known_who_gets_them() -> None:
    opening = modules_that_import("ledvei_pwa.sync.texts", "ledvei_pwa.sync.subjects")
    assert opening | {"sync/texts.py", "sync/subjects.py"} == OPENERS.keys() | {"sync/__init__.py"}


def test_what_devices_get_is_rendered_where_it_is_logged() -> None:
    asking = {
        str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "().subjects" in path.read_text()
    }
    assert asking == {"sync/pull.py"}
