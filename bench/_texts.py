"""Invented debriefs of the length that people write, the same ones for every program that is measured.

Their words are drawn from the demo's texts as often as they stand there: so they compress about as well as
what people write, and no sentence comes twice.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from ledvei_pwa.cli.demo import words

NAME = re.compile(r'"\w+":')
WORD = re.compile(r"[a-zæøå]{2,}")
ABOUT = {
    "kind": "debrief",
    "author": "0190b5a4-93c1-7f00-8a41-2f6f0c9f1e10",
    "series": None,
    "session": None,
    "audience": "private",
    "created": "2026-11-18T09:00:00+00:00",
    "changed": "2026-11-18T09:00:00+00:00",
}  # what an entry carries on the server beside its fields, for a program that must be given it


@dataclass(frozen=True)
class Texts:
    """The same seed gives the same texts, ids and all."""

    random: Random

    def debriefs(self, count: int) -> list[dict[str, Any]]:
        return [self._debrief() for _ in range(count)]

    def changes(self, ids: list[str]) -> list[dict[str, Any]]:
        """One more sentence or two in one field of each."""
        return [{"id": id_, "fields": {"helped": self.text(90)}} for id_ in ids]

    def text(self, length: int) -> str:
        """Sentences, at least so many characters together."""
        sentences: list[str] = []
        while sum(map(len, sentences)) < length:
            chosen = self.random.choices(all_words(), k=self.random.randint(5, 14))
            sentences.append(" ".join(chosen).capitalize() + ".")
        return " ".join(sentences)

    def _debrief(self) -> dict[str, Any]:
        fields = {
            "happened_on": f"2026-11-{self.random.randint(1, 18):02}",
            "happened": self.text(250),
            "reactions": self.text(150),
            "helped": self.text(90),
            "need": self.random.choice(["call", "talk_tomorrow", "supervision", "nothing"]),
            "strain": self.random.randint(0, 10),
            "audience": "private",
        }
        return {"id": self._id(), "fields": fields, "about": ABOUT}

    def _id(self) -> str:
        """A UUID of version 7, as devices make them."""
        drawn = f"{self.random.getrandbits(74):019x}"
        return f"0190b5a4-93c1-7{drawn[:3]}-8{drawn[3:6]}-{drawn[6:18]}"


def texts(seed: int) -> Texts:
    return Texts(Random(seed))  # noqa: S311 – repeatable, nothing secret


@cache
def all_words() -> tuple[str, ...]:
    told = json.loads(Path(words.__file__).with_suffix(".json").read_text(encoding="utf-8"))
    written = json.dumps([by_language["nb"] for by_language in told.values()], ensure_ascii=False)
    return tuple(WORD.findall(NAME.sub("", written).lower()))
