"""What an action answers: done with a value, or refused with a reason a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """`reason` is a short code (`not_yours`, `expired`); `fields` maps field names to such codes or texts."""

    value: Value | None = None
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.reason


def done(value: Value) -> Outcome[Value]:
    return Outcome(value=value)


def refused(reason: str, **fields: str) -> Outcome[Value]:
    return Outcome(reason=reason, fields=fields)
