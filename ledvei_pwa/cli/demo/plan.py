"""Which series the demo service has: who supervises whom, how often and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from ledvei_pwa.cli.demo import organisation as org
from ledvei_pwa.cli.demo.organisation import Employee
from ledvei_pwa.kernel.cadence import WEEKDAYS, Rule, Unit
from ledvei_pwa.kernel.norwegian_calendar import is_working_day

YEAR = timedelta(weeks=52)


@dataclass(frozen=True)
class DemoSeries:
    """A series in the demo. `weeks` is its interval; `told`: everything written, not only the frame."""

    supervisor: Employee
    members: tuple[Employee, ...]
    weeks: int
    start: date
    at: time
    minutes: int = 60
    name: str = ""
    place: str = "Rom 2"
    video_link: str = ""
    compulsory: bool = True
    told: bool = False
    mix: dict[str, int] = field(
        default_factory=lambda: {"case": 50, "strain": 25, "role": 15, "practical": 10}
    )

    @property
    def rule(self) -> Rule:
        return Rule(Unit.WEEKS, self.weeks, (WEEKDAYS[self.start.weekday()],))

    @property
    def is_group(self) -> bool:
        return len(self.members) > 1

    @property
    def about(self) -> str:
        """The group, or the one person who is supervised."""
        return self.name or self.members[0].name


PROCESS = {"strain": 50, "role": 35, "case": 15}


def all_series(today: date) -> Iterator[DemoSeries]:
    yield from _the_featured(today)
    yield from _the_caseworkers(today)
    yield from _the_leaders(today)
    yield from _the_groups(today)


def _the_featured(today: date) -> Iterator[DemoSeries]:
    """The people behind the sign-in links, with a session within days."""
    soon = _working_day(today, 2)
    yield DemoSeries(org.SUPERVISOR, (org.CASEWORKER,), 2, soon - YEAR, time(10), told=True)
    yield DemoSeries(
        org.SUPERVISOR,
        (org.NEW_EMPLOYEE,),
        1,
        _working_day(today, 1) - timedelta(weeks=10),
        time(9),
        told=True,
    )
    yield DemoSeries(
        org.TEAM_LEADER, (org.SUPERVISOR,), 3, _working_day(today, 3) - 51 * timedelta(weeks=1), time(13)
    )
    yield DemoSeries(
        org.EXTERNAL, (org.SERVICE_LEADER,), 12, _working_day(today, 8) - 48 * timedelta(weeks=1), time(12)
    )


def _the_caseworkers(today: date) -> Iterator[DemoSeries]:
    supervisors = {
        org.INVESTIGATION: (org.SUPERVISOR, org.SUPERVISORS[1]),
        org.MEASURES: (org.SUPERVISORS[2], org.SUPERVISORS[3]),
        org.RECEPTION: (org.TEAM_LEADER,),
        org.FAMILY: (org.LEADERS[4],),
        org.CARE: (org.LEADERS[3],),
    }
    hours = (time(8, 30), time(10), time(11, 30), time(13), time(14, 15))
    others = [person for person in org.CASEWORKERS[2:] if person.team in supervisors]
    for number, person in enumerate(others):
        assert person.team is not None
        choices = supervisors[person.team]
        weeks = 3 if person.team in (org.RECEPTION, org.FAMILY) else 2
        periods = 52 // weeks * weeks
        start = _working_day(today, number % 9 - 2) - timedelta(weeks=periods)
        far_away = person.language == "nn"
        yield DemoSeries(
            choices[number % len(choices)],
            (person,),
            weeks,
            start,
            hours[number // 2 % len(hours)],
            place="" if far_away else f"Rom {number % 4 + 1}",
            video_link="https://video.solvik.example/rettleiing" if far_away else "",
            told=number % 4 == 0,
        )


def _the_leaders(today: date) -> Iterator[DemoSeries]:
    for number, leader in enumerate(org.LEADERS[1:]):
        start = _working_day(today, number + 1) - timedelta(weeks=51)
        yield DemoSeries(org.SERVICE_LEADER, (leader,), 3, start, time(15), minutes=90, place="Lederkontoret")
    for number, supervisor in enumerate(org.SUPERVISORS[1:4]):
        start = _working_day(today, number + 4) - timedelta(weeks=48)
        yield DemoSeries(org.LEADERS[1 if number == 0 else 2], (supervisor,), 4, start, time(14))


def _the_groups(today: date) -> Iterator[DemoSeries]:
    investigation = tuple(person for person in org.CASEWORKERS if person.team == org.INVESTIGATION)
    reception = tuple(person for person in org.CASEWORKERS if person.team == org.RECEPTION)
    measures = tuple(person for person in org.CASEWORKERS if person.team == org.MEASURES)
    care = tuple(person for person in org.CASEWORKERS if person.team == org.CARE)
    month = timedelta(weeks=48)
    yield DemoSeries(
        org.EXTERNAL,
        investigation,
        4,
        _working_day(today, 4) - month,
        time(12, 30),
        120,
        "Gruppe undersøkelse",
        "Møterom Fjord",
        told=True,
        mix=PROCESS,
    )
    yield DemoSeries(
        org.EXTERNAL,
        measures,
        4,
        _working_day(today, 11) - month,
        time(12, 30),
        120,
        "Gruppe tiltak",
        "Møterom Fjell",
        mix=PROCESS,
    )
    yield DemoSeries(
        org.TEAM_LEADER,
        reception,
        1,
        _working_day(today, 2) - YEAR,
        time(8, 15),
        45,
        "Refleksjonsteam mottak",
        "Rom 1",
        mix=PROCESS,
    )
    yield DemoSeries(
        org.LEADERS[3],
        care,
        3,
        _working_day(today, 6) - timedelta(weeks=51),
        time(13),
        90,
        "Gruppe omsorg",
        "Møterom Fjell",
        compulsory=False,
        mix=PROCESS,
    )


def _working_day(today: date, days: int) -> date:
    """So many working days from today, backwards when negative; today itself is never chosen."""
    step, left, day = (1, days, today) if days > 0 else (-1, abs(days) + 1, today)
    while left:
        day += timedelta(days=step)
        left -= is_working_day(day)
    return day
