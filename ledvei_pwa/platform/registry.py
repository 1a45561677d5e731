"""The house: what the features have registered. One per app, at `app.extensions["ledvei"]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, current_app

from ledvei_pwa.kernel.access import Audience, Relation

if TYPE_CHECKING:
    from wtforms import Form

    from ledvei_pwa.platform.keyring import Keyring
    from ledvei_pwa.settings import Settings

FieldValue = str | int | bool | None
RenderSubject = Callable[[str, list[str]], dict[str, dict[str, Any]]]
Changed = Callable[[str, datetime], None]  # (id of what changed, when)
Fields = Mapping[str, FieldValue]


class Scope(StrEnum):
    """What an entry must belong to."""

    NONE = "none"  # nothing while private; a series as soon as it is shared
    SESSION = "session"  # a session, and thereby its series


class Kept(StrEnum):
    """How long the readers' devices keep an entry."""

    WINDOW = "window"  # the service's number of weeks
    OPEN = "open"  # as long as it is not done, then the window
    ALWAYS = "always"


@dataclass(frozen=True)
class AppliedEntry:
    """An entry just after an operation was applied, inside the same transaction."""

    id: str
    service_id: str
    kind: str
    author_id: str
    series_id: str | None
    session_id: str | None
    fields: Mapping[str, FieldValue]
    removed: bool
    changed_by: str
    at: datetime
    # The fields of the session's other entries of this kind, what was changed last first. Reads texts: ask
    # only when it matters.
    others: Callable[[], Sequence[Fields]] = tuple


@dataclass(frozen=True)
class EntryKind:
    """A kind of written document: one folder with a form, a template and this registration."""

    name: str
    form: type[Form]
    scope: Scope
    may_create: frozenset[Relation]  # AUTHOR alone: anybody in the service, for themselves
    writers: Mapping[str, frozenset[Relation]] = field(default_factory=dict)  # beyond the author, per field
    audience: Audience | None = None  # fixed, when the author does not choose
    kept: Kept = Kept.WINDOW
    is_open: Callable[[Mapping[str, FieldValue]], bool] | None = None  # required with Kept.OPEN
    after: Callable[[AppliedEntry], None] | None = None


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[[datetime], None]
    every_minutes: int


@dataclass
class House:
    app: Flask
    settings: Settings
    keyring: Keyring
    entry_kinds: dict[str, EntryKind] = field(default_factory=dict)
    subjects: dict[str, RenderSubject] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    # Called in the transaction that changes a series' people, or makes, moves, holds or removes a session.
    on_series_change: list[Changed] = field(default_factory=list)
    on_session_change: list[Changed] = field(default_factory=list)
    # Called in the transaction that tells a person of another role, also when only the day has brought it.
    on_role_change: list[Changed] = field(default_factory=list)
    # Called with a person's id in the transaction in which a link to their account begins or ends to wait.
    on_reentry: list[Changed] = field(default_factory=list)
    # Called with a person's id in the transaction in which their last day is set, changed or undone, or their
    # account is closed or opened again.
    on_leaving: list[Changed] = field(default_factory=list)
    # Called with a device's id in the transaction in which its owner closes it.
    on_device_closed: list[Changed] = field(default_factory=list)

    def pages(self, *blueprints: Blueprint) -> None:
        for blueprint in blueprints:
            self.app.register_blueprint(blueprint)

    def entry_kind(self, *kinds: EntryKind) -> None:
        self.entry_kinds.update((kind.name, kind) for kind in kinds)

    def subject(self, type_: str, render: RenderSubject) -> None:
        """`render(person_id, ids)` gives what each subject shows to that person, by id."""
        self.subjects[type_] = render

    def job(self, name: str, run: Callable[[datetime], None], *, every_minutes: int) -> None:
        """The worker calls `run(now)` inside an app context; called twice, it must do its work once."""
        self.jobs[name] = Job(name, run, every_minutes)


def house() -> House:
    """The house of the current app."""
    return cast("House", current_app.extensions["ledvei"])
