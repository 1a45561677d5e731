"""A session is held as long as somebody's holding says so."""

from __future__ import annotations

import pytest

from tests.support.device import Device
from tests.support.world import World


@pytest.fixture
def tablet(world: World) -> Device:
    return world.device(world.supervisor)


@pytest.fixture
def desktop(world: World) -> Device:
    """The same supervisor's other device."""
    return world.device(world.supervisor)


def hold(world: World, device: Device, minutes: int) -> str:
    return device.write_new("holding", scope=world.scope, minutes=minutes, mix_case=minutes)


def shown(world: World, device: Device) -> tuple[str, int | None]:
    device.sync()
    session = device.held["session", world.session]
    return session["status"], session["held_minutes"]


def test_of_two_holdings_one_is_removed_and_the_session_stays_held(
    world: World, tablet: Device, desktop: Device
) -> None:
    first, second = hold(world, tablet, 50), hold(world, desktop, 60)
    assert shown(world, tablet) == ("held", 60)
    desktop.do("holding", second, remove=True)
    assert shown(world, tablet) == ("held", 50)
    tablet.do("holding", first, remove=True)
    assert shown(world, tablet) == ("planned", None)


def test_of_three_holdings_what_was_changed_last_counts(
    world: World, tablet: Device, desktop: Device
) -> None:
    first, second, third = hold(world, tablet, 50), hold(world, tablet, 55), hold(world, desktop, 60)
    tablet.do("holding", third, base=1, remove=True)
    tablet.do("holding", first, minutes=52)
    tablet.do("holding", second, remove=True)
    assert shown(world, tablet) == ("held", 52)
