"""What the leaders' pages show about series and sessions: times, people and rhythm, never what is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.supervision import actions, records
from ledvei_pwa.features.supervision.actions import Caution, Warned
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.features.supervision.rules import Form, Status
from ledvei_pwa.features.supervision.words import FOCUS_IN_SHORT, day_off_in_words, rhythm_in_words
from ledvei_pwa.kernel.access import Actor
from ledvei_pwa.kernel.cadence import Occurrence, Skipped, read_rule
from ledvei_pwa.platform.i18n import format_date
from ledvei_pwa.platform.i18n import gettext as _

WITH_WEEKDAY = "EEEE d. MMMM y"


@dataclass(frozen=True)
class SeriesLine:
    """One series in a list."""

    id: str
    title: str
    form: str
    supervisor: str
    rhythm: str
    next_starts: datetime | None
    is_ended: bool
    needs_supervisor: bool


@dataclass(frozen=True)
class SessionLine:
    id: str
    starts_at: datetime
    minutes: int
    state: str  # in words
    original_starts_at: datetime | None
    mix: list[tuple[str, int]]  # focus area in a word, minutes; empty until it is held
    may_move: bool


@dataclass(frozen=True)
class Wanted:
    """What the list of series is narrowed to."""

    person: str = ""
    supervisor: str = ""
    team: str = ""
    state: str = ""  # "" running, "ended", "all"

    @property
    def is_narrowed(self) -> bool:
        return any((self.person, self.supervisor, self.team, self.state))


def find_series(actor: Actor, wanted: Wanted, *, now: datetime) -> list[SeriesLine]:
    """The series that the actor may know of and wants to see: without a supervisor first, then by date."""
    seen = actions.series_seen_by(actor, now)
    in_team = _ids_in_team(actor.service_id, wanted.team, now)
    found = [series for series in seen if _is_wanted(series, wanted, in_team)]
    lines = _lines(found, now)
    return sorted(
        lines,
        key=lambda line: (
            not line.needs_supervisor,
            line.next_starts is None,
            line.next_starts or now,
            line.title,
        ),
    )


def people_in(actor: Actor, *, now: datetime) -> tuple[list[PersonCard], list[PersonCard]]:
    """(participants, supervisors) of the series that the actor may know of, by name."""
    seen = actions.series_seen_by(actor, now)
    supervisors = {series.supervisor_id for series in seen}
    members = frozenset[str]().union(*(series.member_ids for series in seen))
    return _by_name(members), _by_name(supervisors)


def _by_name(ids: Iterable[str]) -> list[PersonCard]:
    return sorted(people.persons_by_ids(set(ids)).values(), key=lambda person: person.name.casefold())


def _ids_in_team(service_id: str, team_id: str, now: datetime) -> frozenset[str] | None:
    """None when no team is asked for."""
    if not team_id:
        return None
    everybody = people.people_in_service(service_id, now=now)
    return frozenset(person.id for person in everybody if team_id in person.team_ids)


def _is_wanted(series: Series, wanted: Wanted, in_team: frozenset[str] | None) -> bool:
    if wanted.state != "all" and (series.ended_at is not None) is not (wanted.state == "ended"):
        return False
    if wanted.supervisor and series.supervisor_id != wanted.supervisor:
        return False
    everybody = actions.people_of(series).all_ids
    if wanted.person and wanted.person not in everybody:
        return False
    return in_team is None or not everybody.isdisjoint(in_team)


def _lines(found: list[Series], now: datetime) -> list[SeriesLine]:
    ids = frozenset[str]().union(*(series.member_ids | {series.supervisor_id} for series in found))
    cards = people.persons_by_ids(ids)
    names = {id_: person.name for id_, person in cards.items()}
    starts = records.next_session_starts([series.id for series in found], now)
    return [
        SeriesLine(
            id=series.id,
            title=title_of(series, names),
            form=series.form,
            supervisor=names.get(series.supervisor_id, ""),
            rhythm=rhythm_in_words(read_rule(series.rule)),
            next_starts=starts.get(series.id),
            is_ended=series.ended_at is not None,
            needs_supervisor=needs_supervisor(series, cards.get(series.supervisor_id)),
        )
        for series in found
    ]


def needs_supervisor(series: Series, supervisor: PersonCard | None) -> bool:
    """It runs, and its supervisor has left the service, or has no role or mandate today."""
    is_there = supervisor is not None and supervisor.is_active and series.current_supervisor_id is not None
    return series.ended_at is None and not is_there


def names_of(ids: Iterable[str]) -> dict[str, str]:
    return {id_: person.name for id_, person in people.persons_by_ids(set(ids)).items()}


def title_of(series: Series, names: dict[str, str]) -> str:
    """The series' own name, else that of its participants."""
    if series.name:
        return series.name
    members = sorted((names.get(id_, "") for id_ in series.member_ids), key=str.casefold)
    if series.form == Form.INDIVIDUAL:
        return members[0] if members else _("Supervision")
    return _("Group: %(names)s", names=", ".join(members))


def session_lines(
    actor: Actor, series: Series, *, now: datetime
) -> tuple[list[SessionLine], list[SessionLine]]:
    """(ahead, the nearest first; past and held, the latest first)."""
    sessions = records.sessions_of(series.id)
    may_move = actions.may_move_in(actor, series, now)
    ahead = [s for s in sessions if s.status == Status.PLANNED and s.starts_at >= now]
    past = [s for s in reversed(sessions) if s not in ahead]
    return [_session_line(s, now, may_move) for s in ahead], [_session_line(s, now, may_move) for s in past]


def _session_line(session: Session, now: datetime, may_move: bool) -> SessionLine:
    mix = session.held_mix or {}
    return SessionLine(
        id=session.id,
        starts_at=session.starts_at,
        minutes=session.held_minutes if session.held_minutes is not None else session.minutes,
        state=_state(session, now),
        original_starts_at=session.original_starts_at,
        mix=[(str(FOCUS_IN_SHORT[area]), minutes) for area, minutes in mix.items() if minutes],
        may_move=may_move and session.status == Status.PLANNED,
    )


def _state(session: Session, now: datetime) -> str:
    moved = session.is_moved
    if session.status == Status.HELD:
        return _("Moved and held") if moved else _("Held")
    if session.starts_at < now:
        return _("Not yet recorded as held")
    return _("Moved") if moved else _("Planned")


def why_skipped(occurrence: Occurrence) -> str:
    """In words; empty when it is not skipped."""
    if occurrence.skipped is Skipped.DAY_OFF:
        return day_off_in_words(occurrence.day_off)
    if occurrence.skipped is Skipped.QUIET_WEEK:
        return _("the service's quiet week %(week)s", week=occurrence.day.isocalendar().week)
    return ""


def caution_in_words(warned: Warned, names: dict[str, str]) -> str:
    match warned.caution:
        case Caution.CLASH:
            return _("%(name)s has another supervision at that time.", name=names.get(warned.person_id, ""))
        case Caution.DAY_OFF:
            return _("That day is %(day)s.", day=day_off_in_words(warned.day_off))
        case Caution.WEEKEND:
            return _("That day is in a weekend.")
        case Caution.QUIET_WEEK:
            return _("The service holds no supervision that week.")
        case Caution.PASSED:
            return _("That time has passed.")


def long_date(occurrence: Occurrence) -> str:
    return format_date(occurrence.day, WITH_WEEKDAY)
