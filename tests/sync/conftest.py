"""Fixtures of the sync tests."""

import pytest

from tests.support.device import Device
from tests.support.world import World, world

__all__ = ["world"]


@pytest.fixture
def phone(world: World) -> Device:
    """The caseworker's device."""
    return world.device(world.caseworker)


@pytest.fixture
def laptop(world: World, phone: Device) -> Device:
    """The same person's other device, registered after the phone."""
    return world.device(world.caseworker)
