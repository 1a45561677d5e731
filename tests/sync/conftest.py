"""Fixtures of the sync tests."""

from tests.support.world import world

__all__ = ["world"]
