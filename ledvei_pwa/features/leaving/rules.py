"""Who sees and sets last days."""

from __future__ import annotations

from typing import Final

from ledvei_pwa.kernel.access import Actor, Role

LEADS_PEOPLE: Final = (Role.TEAM_LEADER, Role.SERVICE_LEADER, Role.ADMINISTRATOR)


def may_see_series(actor: Actor) -> bool:
    """Who supervises whom. An administrator keeps accounts, and has nothing to do with supervision."""
    return actor.has(Role.TEAM_LEADER, Role.SERVICE_LEADER)
