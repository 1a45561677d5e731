"""Fixtures of the agreements' tests."""

from tests.support.world import world

__all__ = ["world"]
