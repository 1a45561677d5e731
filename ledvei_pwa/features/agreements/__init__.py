"""Agreements from a session, and its shared summary."""

from __future__ import annotations

from ledvei_pwa.features.agreements.actions import remind_owner
from ledvei_pwa.features.agreements.forms import AgreementForm, SummaryForm
from ledvei_pwa.features.agreements.rules import is_open
from ledvei_pwa.kernel.access import Audience, Relation
from ledvei_pwa.platform.registry import EntryKind, House, Kept, Scope

SUPERVISOR = frozenset({Relation.SUPERVISOR})
OWNER_AND_SUPERVISOR = frozenset({Relation.OWNER, Relation.SUPERVISOR})


def register(house: House) -> None:
    house.entry_kind(
        EntryKind(
            "agreement",
            AgreementForm,
            Scope.SESSION,
            may_create=frozenset({Relation.SUPERVISOR, Relation.MEMBER}),
            writers={"done": OWNER_AND_SUPERVISOR, "done_on": OWNER_AND_SUPERVISOR},
            audience=Audience.GROUP,
            kept=Kept.OPEN,
            is_open=is_open,
            after=remind_owner,
        ),
        EntryKind("summary", SummaryForm, Scope.SESSION, may_create=SUPERVISOR, audience=Audience.GROUP),
    )
