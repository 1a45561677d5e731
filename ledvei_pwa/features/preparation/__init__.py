"""Preparing for a session: the supervisee's topics and good news, the supervisor's own preparation."""

from __future__ import annotations

from ledvei_pwa.features.preparation.forms import PreparationForm, SupervisorPreparationForm, TopicForm
from ledvei_pwa.features.preparation.rules import is_waiting
from ledvei_pwa.kernel.access import Relation
from ledvei_pwa.platform.registry import EntryKind, House, Kept, Scope

SUPERVISOR = frozenset({Relation.SUPERVISOR})
MEMBER = frozenset({Relation.MEMBER})
RUN_BY_SUPERVISOR = ("outcome", "outcome_session", "agenda_minutes", "agenda_order")


def register(house: House) -> None:
    house.entry_kind(
        EntryKind(
            "topic",
            TopicForm,
            Scope.SESSION,
            may_create=MEMBER,
            writers=dict.fromkeys(RUN_BY_SUPERVISOR, SUPERVISOR),
            kept=Kept.OPEN,
            is_open=is_waiting,
        ),
        EntryKind("preparation", PreparationForm, Scope.SESSION, may_create=MEMBER),
        EntryKind("supervisor_preparation", SupervisorPreparationForm, Scope.SESSION, may_create=SUPERVISOR),
    )
