"""How much of what may tell who a text is about is found, and how often something is marked for nothing.

Two times two hundred made sentences, in bokmål and nynorsk: a hundred with names, numbers and places of
every kind, a hundred without but tempting. Rules were changed while looking at the tuning half only
(`--slips` shows what went wrong there). Both halves were written by those who wrote the finder, so the
field will be harder: names nobody thought of, and the spelling of the night.

Found is what covers all of what was marked, as the same kind: half a name found still tells who it is.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench._report import Figure, report
from ledvei_pwa.kernel.identifiers import INSTEAD, Finding, Kind, find_identifiers

FOLDER = Path(__file__).resolve().parent / "sentences"
MARKED = re.compile(r"\[\[(\w+)\|(.*?)\]\]")
PRECISION, RECALL = 0.95, 0.9


@dataclass(frozen=True)
class Sentence:
    text: str
    marks: list[Finding]


@dataclass(frozen=True)
class Score:
    """What came of all sentences, by kind."""

    right: Counter[Kind]
    missed: Counter[Kind]
    wrong: Counter[Kind]
    slips: list[str]  # for whoever wants to see them


def main() -> None:
    shown = "--slips" in sys.argv
    for half in ("tune", "test"):
        sentences = list(read(FOLDER / f"identifiers_{half}.txt"))
        score = judge(sentences)
        tempting = sum(not sentence.marks for sentence in sentences)
        print(f"{half}: {len(sentences)} sentences, {tempting} of them without anything to find")
        print(table(score))
        if shown and half == "tune":
            print("\n".join(score.slips))
    precision, recall = figures_of(score, None)
    report(
        "identifiers",
        [
            Figure("held-out half: precision", precision, "", f"≥ {PRECISION}", precision >= PRECISION),
            Figure("held-out half: recall", recall, "", f"≥ {RECALL}", recall >= RECALL),
        ],
    )


def read(path: Path) -> Iterator[Sentence]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return (sentence_of(line) for line in lines if line and not line.startswith("#"))


def sentence_of(line: str) -> Sentence:
    """`Da kom [[name|Kari Nordmann]].` → the text without the marks, and where they were."""
    text, marks, at = "", [], 0
    for mark in MARKED.finditer(line):
        text += line[at : mark.start()]
        kind = next(kind for kind in INSTEAD if kind == mark[1])
        marks.append(Finding(kind, len(text), len(text) + len(mark[2])))
        text, at = text + mark[2], mark.end()
    return Sentence(text + line[at:], marks)


def judge(sentences: list[Sentence]) -> Score:
    score = Score(Counter(), Counter(), Counter(), [])
    for sentence in sentences:
        found = find_identifiers(sentence.text)
        for mark in sentence.marks:
            is_found = any(covers(finding, mark) for finding in found)
            (score.right if is_found else score.missed)[mark.kind] += 1
            if not is_found:
                score.slips.append(f"  missed {mark.kind}: {sentence.text}")
        for finding in found:
            if not any(covers(finding, mark) for mark in sentence.marks):
                score.wrong[finding.kind] += 1
                score.slips.append(f"  wrong {finding.kind}: {sentence.text}")
    return score


def covers(finding: Finding, mark: Finding) -> bool:
    return finding.kind == mark.kind and finding.start <= mark.start and mark.end <= finding.end


def figures_of(score: Score, kind: Kind | None) -> tuple[float, float]:
    """Precision and recall, of one kind or of all."""
    right, missed, wrong = (
        counted.total() if kind is None else counted[kind]
        for counted in (score.right, score.missed, score.wrong)
    )
    return right / max(1, right + wrong), right / max(1, right + missed)


def table(score: Score) -> str:
    lines = [f"  {'':<10}{'precision':>10}{'recall':>10}{'right':>8}{'missed':>8}{'wrong':>8}"]
    for kind in (*INSTEAD, None):
        precision, recall = figures_of(score, kind)
        counts = [
            counted.total() if kind is None else counted[kind]
            for counted in (score.right, score.missed, score.wrong)
        ]
        line = f"  {kind or 'all':<10}{precision:>10.3f}{recall:>10.3f}"
        lines.append(line + "".join(f"{count:>8}" for count in counts))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
