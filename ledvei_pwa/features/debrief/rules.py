"""Decisions about debriefs; imports the kernel only."""

from __future__ import annotations

from typing import Final

from ledvei_pwa.kernel.merge import Fields

HEAVY_FROM: Final = 8
ASKS_FOR_SOMEBODY: Final = frozenset({"call", "talk_tomorrow"})


def asks_for_somebody(debrief: Fields) -> bool:
    """Whether the author wants to be contacted by a person, soon."""
    return debrief.get("need") in ASKS_FOR_SOMEBODY


def is_heavy(debrief: Fields) -> bool:
    """Whether to show ways to help beside it. No diagnosis: the author has said so."""
    strain = debrief.get("strain")
    return type(strain) is int and strain >= HEAVY_FROM


def as_topic(debrief_id: str, debrief: Fields) -> dict[str, str | int | None]:
    """The topic that a debrief becomes: it points back, and its text stays in the debrief."""
    strain = debrief.get("strain")
    return {
        "focus": "strain",
        "want": "support",
        "strain": strain if type(strain) is int else None,
        "debrief": debrief_id,
        "audience": "private",
    }
