"""Series of supervision and their dated sessions."""

from __future__ import annotations

from ledvei_pwa.features.supervision import actions
from ledvei_pwa.features.supervision.forms import HoldingForm
from ledvei_pwa.features.supervision.pages import pages
from ledvei_pwa.kernel.access import Audience, Relation
from ledvei_pwa.platform.registry import EntryKind, House, Scope

A_DAY = 24 * 60  # minutes


def register(house: House) -> None:
    house.pages(pages)
    house.subject(actions.SERIES, actions.render_series)
    house.subject(actions.SESSION, actions.render_sessions)
    house.on_role_change.append(actions.follow_roles)
    house.job("make_sessions_ahead", actions.make_sessions_ahead, every_minutes=A_DAY)
    house.entry_kind(
        EntryKind(
            name="holding",
            form=HoldingForm,
            scope=Scope.SESSION,
            may_create=frozenset({Relation.SUPERVISOR}),
            audience=Audience.GROUP,
            after=actions.follow_holding,
        )
    )
