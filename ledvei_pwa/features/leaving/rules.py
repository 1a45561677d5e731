"""Who sees and sets last days."""

from __future__ import annotations

from typing import Final

from ledvei_pwa.kernel.access import Role

LEADS_PEOPLE: Final = (Role.TEAM_LEADER, Role.SERVICE_LEADER, Role.ADMINISTRATOR)
