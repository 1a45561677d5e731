"""Writing down one demanding event, any day."""

from __future__ import annotations

from ledvei_pwa.features.debrief.forms import DebriefForm
from ledvei_pwa.kernel.access import Relation
from ledvei_pwa.platform.registry import EntryKind, House, Scope


def register(house: House) -> None:
    house.entry_kind(EntryKind("debrief", DebriefForm, Scope.NONE, may_create=frozenset({Relation.AUTHOR})))
