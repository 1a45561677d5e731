"""Write static/js/core/first_names.js from kernel/first_names.py: run it when that list has changed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from ledvei_pwa.kernel.identifiers import FIRST_SOUNDS

MODULE = Path(__file__).resolve().parent.parent / "ledvei_pwa/static/js/core/first_names.js"
STEP = 57  # from # to [ there are so many letters, and none of them needs to be escaped in a string
HEAD = """// Written by scripts/first_names.py. First names that are common in Norway: which they are stands
// in kernel/first_names.py. Here are their sounds only (`soundOf` in identifiers.js), in order, each as its
// distance from the one before: # to [ is nought to 56, a to z before it 57 more, once to 26 times.

"""


def main() -> None:
    MODULE.write_text(module(), encoding="utf-8")


def module() -> str:
    """What the file must hold."""
    distances = "".join(written(after - before) for before, after in pairwise([0, *sorted(FIRST_SOUNDS)]))
    return f'{HEAD}export const FIRST_SOUNDS =\n  "{distances}"\n'


def written(distance: int) -> str:
    """`#` is nought, `[` fifty-six, `a#` fifty-seven, `zb#` what z cannot say alone."""
    times, rest = divmod(distance, STEP)
    return "z" * (times // 26) + (chr(ord("a") + times % 26 - 1) if times % 26 else "") + chr(ord("#") + rest)


if __name__ == "__main__":
    main()
