"""What may be asked of the log of administration: by those who run the service, and by each of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_

from ledvei_pwa.features.log import rules, words
from ledvei_pwa.features.log.words import Told
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.norwegian_calendar import local_moment
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.audit import AuditEntry, Deed
from ledvei_pwa.platform.chained import Line
from ledvei_pwa.platform.database import db

ON_A_PAGE: Final = 50  # lines
AT_ONCE: Final = 500
MOST_WORDS: Final = 8  # of a search; more narrow nothing


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed to. What is empty narrows nothing."""

    words: str = ""
    person: str = ""
    deed: str = ""
    from_day: date | None = None
    to_day: date | None = None  # that day too

    @property
    def is_narrowed(self) -> bool:
        return any((self.words, self.person, self.deed, self.from_day, self.to_day))


@dataclass(frozen=True)
class Page:
    """Some lines, the newest first. `older` is the number to go on before; None at the end."""

    lines: list[Told] = field(default_factory=list)
    older: int | None = None


def find_lines(actor: Actor, wanted: Wanted, *, before: int | None = None) -> Outcome[Page]:
    """A page of the log, for those who run the service."""
    if not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    return done(_page(actor, _conditions(actor, wanted), before))


def take_out(actor: Actor, wanted: Wanted, *, now: datetime) -> Outcome[Iterator[Told]]:
    """All lines that fit, the newest first. That they were taken out is in the log first. Commits."""
    if not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    subject = ("service", actor.service_id)
    audit.record(actor.service_id, Deed.LOG_TAKEN_OUT, subject, by=actor.person_id, at=now)
    db.session.commit()
    return done(_everything(actor, _conditions(actor, wanted)))


def lines_about(actor: Actor, *, before: int | None = None) -> Page:
    """What has been done with somebody's own account and with the series they are in, as they may see it."""
    return _page(actor, [_is_about(actor.person_id)], before, is_own=True)


def everything_about(actor: Actor) -> Iterator[Line]:
    """The same as it stands in the log, all of it, the newest first."""
    yield from _all_lines(actor.service_id, [_is_about(actor.person_id)])


def _page(actor: Actor, conditions: list[Any], before: int | None, *, is_own: bool = False) -> Page:
    found = audit.latest(actor.service_id, ON_A_PAGE + 1, *conditions, before=before)
    newest_first = found[::-1]
    shown = newest_first[:ON_A_PAGE]
    told = words.tell(actor.service_id, shown, shows_series=not is_own and rules.may_see_series(actor))
    return Page(told, shown[-1].number if len(found) > ON_A_PAGE else None)


def _everything(actor: Actor, conditions: list[Any]) -> Iterator[Told]:
    some: list[Line] = []
    for line in _all_lines(actor.service_id, conditions):
        some.append(line)
        if len(some) == AT_ONCE:
            yield from words.tell(actor.service_id, some, shows_series=rules.may_see_series(actor))
            some = []
    yield from words.tell(actor.service_id, some, shows_series=rules.may_see_series(actor))


def _all_lines(service_id: str, conditions: list[Any]) -> Iterator[Line]:
    before: int | None = None
    while found := audit.latest(service_id, AT_ONCE, *conditions, before=before):
        yield from found[::-1]
        before = found[0].number


# --- narrowing --------------------------------------------------------------------------------------------


def _conditions(actor: Actor, wanted: Wanted) -> list[Any]:
    conditions: list[Any] = [AuditEntry.deed.not_in(rules.OWN_BUSINESS)]
    if wanted.deed:
        conditions.append(AuditEntry.deed == wanted.deed)
    if wanted.person:
        conditions.append(_concerns(actor, wanted.person))
    if wanted.from_day:
        conditions.append(AuditEntry.at >= local_moment(wanted.from_day, time()))
    if wanted.to_day:
        conditions.append(AuditEntry.at < local_moment(wanted.to_day + timedelta(days=1), time()))
    return [*conditions, *_have_words(actor, wanted.words)]


def _concerns(actor: Actor, person_id: str) -> Any:
    """Did it, or had it done to them. Who is in a series is not told by what a search finds either."""
    named = _names(person_id)
    if not rules.may_see_series(actor):
        named = and_(named, AuditEntry.subject_type != "series")
    return or_(AuditEntry.actor_id == person_id, AuditEntry.subject_id == person_id, named)


def _is_about(person_id: str) -> Any:
    return or_(AuditEntry.subject_id == person_id, _names(person_id))


def _names(person_id: str) -> Any:
    """An id in the details, whole: no other id holds it."""
    return AuditEntry.details.contains(f'"{person_id}"', autoescape=True)


def _have_words(actor: Actor, wanted: str) -> list[Any]:
    """Each word in those of the deed, or in a name of whoever did it or had it done."""
    sought = wanted.casefold().split()[:MOST_WORDS]
    if not sought:
        return []
    named = {
        **{card.id: card.name for card in people.people_in_service(actor.service_id, include_disabled=True)},
        **{team.id: team.name for team in people.teams_in_service(actor.service_id)},
    }
    return [_has_word(word, named) for word in sought]


def _has_word(word: str, named: Mapping[str, str]) -> Any:
    deeds = [deed for deed, text in words.DEEDS.items() if word in str(text).casefold()]
    ids = [id_ for id_, name in named.items() if word in name.casefold()]
    return or_(AuditEntry.deed.in_(deeds), AuditEntry.actor_id.in_(ids), AuditEntry.subject_id.in_(ids))
