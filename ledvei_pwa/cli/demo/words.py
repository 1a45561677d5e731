"""What the demo's people have written (`words.json`): invented, and in both languages."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

_words: Final[dict[str, dict[str, list[Any]]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
TOPICS: Final = _words["topics"]
WENT_WELL: Final = _words["went_well"]
SUPERVISOR_PREPARATION: Final = _words["supervisor_preparation"]
AGREEMENTS: Final = _words["agreements"]
SUMMARIES: Final = _words["summaries"]
DEBRIEFS: Final = _words["debriefs"]


class Walks:
    """What each teller says next: every list in an order of their own, and again only after all of it.

    The order depends on nobody else: one series more or less in the demo changes nothing for the others.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._left: dict[tuple[str, str], list[Any]] = {}

    def next(self, teller: str, name: str, choices: Sequence[Any], *, but: Collection[Any] = ()) -> Any:
        """The next of `choices` that is not one of `but`, of which there are fewer."""
        left = self._left.setdefault((teller, name), [])
        if all(choice in but for choice in left):
            again = list(choices)
            Random(f"{self._seed} {teller} {name}").shuffle(again)  # noqa: S311 - a story, not a secret
            left.extend(again)
        chosen = next(choice for choice in left if choice not in but)
        left.remove(chosen)
        return chosen
