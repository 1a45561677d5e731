"""Who can read what, out of the access matrix, so that the page cannot say something else. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledvei_pwa.kernel.access import ENTRIES, MATRIX, Deed, Row, Thing, Who

SHOWN: Final = (*ENTRIES, Thing.DEVICE, Thing.SERIES, Thing.SESSION, Thing.PERSON_SHEET, Thing.PERSON_NAME)

Readers = frozenset[Who]


def rows_by_readers(matrix: Mapping[str, Row] = MATRIX) -> dict[Readers, list[str]]:
    """The names of the rows that are shown, under exactly those who may read them, in the matrix's order."""
    found: dict[Readers, list[str]] = {}
    for name in SHOWN:
        found.setdefault(readers_of(matrix[name]), []).append(name)
    return found


def readers_of(row: Row) -> Readers:
    return frozenset(who for who in Who if row.allows([who], Deed.READ))
