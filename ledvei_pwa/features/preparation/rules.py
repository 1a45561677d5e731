"""Decisions about topics; imports the kernel only."""

from __future__ import annotations

from ledvei_pwa.kernel.merge import Fields


def is_waiting(topic: Fields) -> bool:
    """A topic that has not been dealt with is carried over and never disappears (domain.md §5.3)."""
    return topic.get("outcome") != "done"
