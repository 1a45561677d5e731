"""Field-wise three-way merge of what two sides have written since a common base.

The twin of `static/js/core/merge.js`; both run `tests/shared/merge_cases.json`. A conflict decides nothing:
the value that was there first stays, the incoming one is kept beside it until the author chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FieldValue = str | int | bool | None
Fields = Mapping[str, FieldValue]


@dataclass(frozen=True)
class Merged:
    """`fields` as they are now; `conflicts` holds, per field, the values that could not be placed."""

    fields: dict[str, FieldValue]
    conflicts: dict[str, list[FieldValue]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One revision after the base: which device wrote it, as its how-manieth operation, and what came of it.

    `touched` names every field the operation set, those that ended in a conflict too.
    """

    device: str
    number: int
    touched: frozenset[str]
    fields: Fields
    person: str = ""  # who wrote it
    after: int | None = None  # as its device said, see `newest_known`

    @property
    def knew(self) -> int:
        return newest_known(self.number, self.after)


def newest_known(number: int, after: int | None) -> int:
    """Of a device's operations, the newest that the writer of this one knew: the one before, or `after`."""
    return number - 1 if after is None else min(after, number - 1)


def is_empty(value: FieldValue) -> bool:
    """A field never filled, one emptied to null and one emptied to "" are the same to a person who reads."""
    return value is None or (isinstance(value, str) and value == "")


def are_equal(one: FieldValue, other: FieldValue) -> bool:
    """Equal in type and value: `True` is not `1`."""
    if is_empty(one) and is_empty(other):
        return True
    return type(one) is type(other) and one == other


def merge_fields(base: Fields, current: Fields, incoming: Fields) -> Merged:
    """Merge `incoming`, written by somebody who knew `base`, into `current`."""
    merged = Merged(dict(current))
    for name, value in incoming.items():
        if are_equal(current.get(name), base.get(name)):
            merged.fields[name] = value
        elif not are_equal(value, base.get(name)) and not are_equal(value, current.get(name)):
            merged.conflicts[name] = [value]
    return merged


def known_fields(base: Fields, steps: Iterable[Step], *, device: str, number: int) -> dict[str, FieldValue]:
    """What the writer had before them: the base, and on top of it their own device's earlier operations.

    A device that edits one field twice while off-line sends both edits with the same base. Without this the
    second would be held to be in conflict with the first.
    """
    known = dict(base)
    before = base
    for step in steps:
        if step.device == device and step.number < number:
            known.update(
                (name, value) for name, value in step.fields.items() if not are_equal(value, before.get(name))
            )
        before = step.fields
    return known


def not_superseded(
    incoming: Fields, steps: Iterable[Step], *, device: str, number: int
) -> dict[str, FieldValue]:
    """`incoming` without the fields that the same device has written again in a later operation.

    Requests can overtake each other; the older text of one device is then no rival to its newer. But it is
    when the newer one's writer had not known it: in another tab, or in what was refused and goes along.
    """
    later = frozenset[str]().union(
        *(step.touched for step in steps if step.device == device and step.knew >= number)
    )
    return {name: value for name, value in incoming.items() if name not in later}
