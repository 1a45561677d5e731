"""Values that could not be placed: kept beside the field until the author decides. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledvei_pwa.kernel.merge import FieldValue

REMOVED: Final = (
    "removed"  # whether an entry is removed, as a field of the merge; no form has one of this name
)
TO: Final = "to"  # whom it is shared with, by "the supervisor": likewise


@dataclass(frozen=True)
class KeptBeside:
    """A value in conflict. `revision`: the entry's when it came. `device`, `number`: its operation's."""

    value: FieldValue
    at: str
    revision: int
    device: str
    number: int


Conflicts = dict[str, list[KeptBeside]]
