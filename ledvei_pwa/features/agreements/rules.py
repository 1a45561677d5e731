"""Decisions about agreements; imports the kernel only."""

from __future__ import annotations

from datetime import date

from ledvei_pwa.kernel.merge import Fields


def is_open(agreement: Fields) -> bool:
    return agreement.get("done") is not True


def due_on(agreement: Fields) -> date | None:
    """The day an open agreement is due; None when it is done or has no day."""
    due = agreement.get("due")
    if not is_open(agreement) or not isinstance(due, str) or not due:
        return None
    return date.fromisoformat(due)
