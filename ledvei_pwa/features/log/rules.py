"""Who sees what of the log of administration."""

from __future__ import annotations

from typing import Final

from ledvei_pwa.kernel.access import Actor, Role

RUNS_THE_SERVICE: Final = (Role.SERVICE_LEADER, Role.ADMINISTRATOR)
# What people do with what is about themselves. It stands in their own log, and is nobody else's business.
OWN_BUSINESS: Final = frozenset({"own_texts_taken_out", "own_data_taken_out"})


def may_see_series(actor: Actor) -> bool:
    """Who supervises whom. An administrator keeps accounts, and has nothing to do with supervision."""
    return actor.has(Role.SERVICE_LEADER)
