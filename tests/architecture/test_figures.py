"""Rows are counted in few places; what is shown of people's answers or texts, by the small numbers."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "ledvei_pwa"
RECKONING = {"avg", "count", "max", "min", "sum"}  # of SQLAlchemy's `func`
# Who counts, and why it tells nobody anything of fewer than five people. What is to be shown over people's
# answers, texts or wishes goes through `kernel/small_numbers.py`, and needs no line here.
COUNTERS = {
    "features/leaving/actions.py": "series, which the same leaders see by name on the page of series",
    "features/people/openid_setup.py": "for the command line",
    "features/people/records.py": "one's own recovery codes, shown to oneself",
    "features/people/silent_devices.py": "devices of the whole installation, for the command line",
    "platform/backups.py": "rows of each table, for the command line",
    "platform/new_keys.py": "rows still under an older key, for the command line",
    "platform/reads.py": "lines of the log, for the command line",
    "platform/restoring.py": "rows of each table, for the command line",
    "sync/records.py": "the number of the latest revision of one text",
}


def counts(path: Path) -> bool:
    return any(is_counting(node) for node in ast.walk(ast.parse(path.read_text())))


def is_counting(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in RECKONING:
        return isinstance(node.value, ast.Name) and node.value.id == "func"
    if isinstance(node, ast.ImportFrom):
        imported = {(node.module, name.name) for name in node.names}
        return bool(imported & {("collections", "Counter")}) or node.module == "statistics"
    return isinstance(node, ast.Import) and any(name.name == "statistics" for name in node.names)


def is_by_the_small_numbers(path: Path) -> bool:
    return "kernel.small_numbers import" in path.read_text()


def test_whatever_counts_rows_says_why() -> None:
    counting = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if counts(path) and not is_by_the_small_numbers(path)
    }
    assert counting == COUNTERS.keys()
