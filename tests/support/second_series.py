"""Ingvild is supervised by the service leader too: run this module in the folder of the house."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from ledvei_pwa import create_app
from ledvei_pwa.features.people.actions import PersonCard, every_service, people_in_service
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.rules import Form, SeriesPlan
from ledvei_pwa.kernel.cadence import WEEKDAYS, Rule, Unit
from ledvei_pwa.kernel.norwegian_calendar import local, next_working_day
from tests.support.people import actor_of


def start() -> None:
    people = people_in_service(every_service()[0].id)
    ingvild, berit = named(people, "Ingvild"), named(people, "Berit")
    now = datetime.now(UTC)
    day = next_working_day(local(now).date() + timedelta(days=2))
    plan = SeriesPlan(
        form=Form.INDIVIDUAL,
        supervisor_id=berit.id,
        member_ids=frozenset({ingvild.id}),
        rule=Rule(Unit.WEEKS, 3, (WEEKDAYS[day.weekday()],)),
        start_date=day,
        local_time=time(14),
    )
    started = supervision.start_series(actor_of(berit), plan, now=now)
    assert started.value is not None, started


def named(people: list[PersonCard], first_name: str) -> PersonCard:
    return next(person for person in people if person.name.startswith(first_name))


if __name__ == "__main__":
    with create_app().app_context():
        start()
