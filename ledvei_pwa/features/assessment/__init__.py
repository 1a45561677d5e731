"""Answering for oneself how work is, and following it over time."""

from __future__ import annotations

from ledvei_pwa.features.assessment.forms import AssessmentForm
from ledvei_pwa.kernel.access import Relation
from ledvei_pwa.platform.registry import EntryKind, House, Kept, Scope


def register(house: House) -> None:
    house.entry_kind(
        EntryKind(
            "assessment",
            AssessmentForm,
            Scope.NONE,
            may_create=frozenset({Relation.AUTHOR}),
            kept=Kept.ALWAYS,
        )
    )
