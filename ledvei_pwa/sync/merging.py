"""What becomes of an entry when a change written on an older revision arrives. Pure.

On top of the field-wise merge (kernel/merge.py) three things are decided here:
- what is edited here and removed there stays, and asks (`removed` is then a field in conflict);
- an entry is never read by more people than its author has meant at any of their devices, nor by another
  supervisor than the one they meant there;
- values kept beside a field go when their author, having seen them, writes the field anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledvei_pwa.kernel.access import Audience
from ledvei_pwa.kernel.merge import (
    FieldValue,
    Step,
    are_equal,
    known_fields,
    merge_fields,
    newest_known,
    not_superseded,
)
from ledvei_pwa.sync.conflicts import REMOVED, TO, Conflicts, KeptBeside

AUDIENCE = "audience"
WIDTH = {audience.value: width for width, audience in enumerate(Audience)}  # private, supervisor, group


@dataclass(frozen=True)
class Writing:
    """Who writes, on which device, as its how-manieth operation, on which revision, after which operation."""

    person: str
    device: str
    number: int
    base: int
    is_author: bool
    at: str
    after: int | None = None

    @property
    def knew(self) -> int:
        """Of the same device's operations, the newest that the writer had before them."""
        return newest_known(self.number, self.after)


@dataclass(frozen=True)
class State:
    """An entry between two operations."""

    revision: int
    fields: Mapping[str, FieldValue]
    conflicts: Conflicts
    removed: bool = False
    to: str | None = None


@dataclass(frozen=True)
class Applied:
    state: State
    result: str  # applied | merged | conflict


def apply_change(
    state: State,
    base_fields: Mapping[str, FieldValue],
    steps: Sequence[Step],
    incoming: Mapping[str, FieldValue],
    writing: Writing,
) -> Applied:
    """The entry after `incoming`. `steps`: the revisions after the base; with `removed` and `to`."""
    current = {**state.fields, REMOVED: state.removed}
    known = known_fields(
        {REMOVED: False, **base_fields}, steps, device=writing.device, number=writing.knew + 1
    )
    wanted = not_superseded(incoming, steps, device=writing.device, number=writing.number)
    named = {name: wanted.pop(name) for name in (TO,) if name in wanted}
    to = state.to
    merged = merge_fields(known, current, wanted)
    fields, beside = merged.fields, merged.conflicts
    others = [step for step in steps if step.device != writing.device]
    if writing.is_author:
        own = [step for step in steps if step.person == writing.person and _are_strangers(step, writing)]
        _let_text_survive(fields, beside, wanted, own)
        _let_nobody_more_read(fields, beside, wanted, known)
        _ask_before_more_read(fields, beside, wanted, current, own)
        to = _shared_with(state, named, wanted, known, own)
    conflicts = _place_beside(state, beside, wanted, writing)
    removed = fields.pop(REMOVED) is True
    result = "conflict" if beside else "merged" if others else "applied"
    return Applied(State(state.revision + 1, fields, conflicts, removed, to), result)


def narrowest_audience(fields: Mapping[str, FieldValue], conflicts: Conflicts) -> str:
    """Who may read, while the author has not decided between several: the fewest."""
    meant = [fields.get(AUDIENCE), *(beside.value for beside in conflicts.get(AUDIENCE, []))]
    return min((str(value or Audience.PRIVATE.value) for value in meant), key=lambda value: WIDTH[value])


def _are_strangers(step: Step, writing: Writing) -> bool:
    """Written on two devices, or in two tabs of one: neither writer had the other's before them."""
    if step.device != writing.device:
        return True
    if step.number < writing.number:
        return step.number > writing.knew
    # The same number twice: the browser's profile was copied, or put back.
    return step.number >= writing.number > step.knew


def _let_text_survive(
    fields: dict[str, FieldValue],
    beside: dict[str, list[FieldValue]],
    wanted: Mapping[str, FieldValue],
    own_elsewhere: Sequence[Step],
) -> None:
    """Edited on one device or tab, removed on another, neither knowing: it is there, and asks its author.

    So is what was edited after the removal: something had been refused, and stood there still for its writer.
    """
    edits_what_is_gone = bool(wanted) and REMOVED not in wanted and fields[REMOVED] is True
    removes_what_was_edited = wanted.get(REMOVED) is True and any(
        step.touched - {REMOVED} for step in own_elsewhere
    )
    if edits_what_is_gone or removes_what_was_edited:
        fields[REMOVED] = False
        beside[REMOVED] = [True]


def _let_nobody_more_read(
    fields: Mapping[str, FieldValue],
    beside: dict[str, list[FieldValue]],
    wanted: Mapping[str, FieldValue],
    known: Mapping[str, FieldValue],
) -> None:
    """Who wrote on without knowing that another device had let more people read, meant fewer.

    So did who chose what they had known before: it is no change, but it is a word.
    """
    if not set(wanted) - {REMOVED}:
        return
    meant = wanted.get(AUDIENCE, known.get(AUDIENCE))
    if _width(meant) < _width(fields.get(AUDIENCE)):
        beside[AUDIENCE] = [meant or Audience.PRIVATE.value]


def _ask_before_more_read(
    fields: dict[str, FieldValue],
    beside: dict[str, list[FieldValue]],
    wanted: Mapping[str, FieldValue],
    current: Mapping[str, FieldValue],
    own_elsewhere: Sequence[Step],
) -> None:
    """Who lets more people read did not know that another device had decided, be it for what was before."""
    has_decided = any(AUDIENCE in step.touched for step in own_elsewhere)
    if has_decided and _width(fields.get(AUDIENCE)) > _width(current.get(AUDIENCE)):
        fields[AUDIENCE] = current.get(AUDIENCE)
        beside[AUDIENCE] = [wanted[AUDIENCE]]


def _shared_with(
    state: State,
    named: Mapping[str, FieldValue],
    wanted: Mapping[str, FieldValue],
    known: Mapping[str, FieldValue],
    own_elsewhere: Sequence[Step],
) -> str | None:
    """Who "the supervisor" is afterwards. Nobody, when two who did not know of each other meant two persons.

    Who only writes on means the one they had known: the words are for that one's eyes. The author is shown
    that nobody has it, and says it once more.
    """
    writes_for_the_known = set(wanted) - {REMOVED} and known.get(AUDIENCE) == Audience.SUPERVISOR
    if TO not in named and not writes_for_the_known:
        return state.to
    meant = named.get(TO, known.get(TO))
    if any(step.fields.get(TO) != meant for step in own_elsewhere if TO in step.touched):
        return None
    return None if meant is None else str(meant) if TO in named else state.to


def _width(audience: FieldValue) -> int:
    return WIDTH.get(str(audience or Audience.PRIVATE.value), 0)


def _place_beside(
    state: State, beside: Mapping[str, list[FieldValue]], wanted: Mapping[str, FieldValue], writing: Writing
) -> Conflicts:
    """The values to keep beside the fields: those from before that still ask, and the new ones."""
    kept: Conflicts = {}
    for name in sorted({*state.conflicts, *beside}):
        before = state.conflicts.get(name, [])
        if name in wanted:
            before = [value for value in before if not _is_settled(value, writing)]
        new = [
            KeptBeside(value, writing.at, state.revision + 1, writing.device, writing.number)
            for value in beside.get(name, [])
            if not any(are_equal(value, one.value) for one in before)
        ]
        if before or new:
            kept[name] = [*before, *new]
    return kept


def _is_settled(value: KeptBeside, writing: Writing) -> bool:
    """The author had seen it, or wrote it themselves earlier on the same device."""
    if writing.device and value.device == writing.device and value.number <= writing.knew:
        return True
    return writing.is_author and value.revision <= writing.base
