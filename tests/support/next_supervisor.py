"""Ola supervises Ingvild from now on: run this module in the folder of the house."""

from __future__ import annotations

from datetime import UTC, datetime, time

from ledvei_pwa import create_app
from ledvei_pwa.features.people.actions import every_service, people_in_service
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision import records
from ledvei_pwa.features.supervision.rules import Form, SeriesPlan
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.cadence import read_rule
from tests.support.people import a_person, actor_of
from tests.support.second_series import named


def take_over() -> None:
    service = every_service()[0]
    people = people_in_service(service.id)
    ingvild, berit = named(people, "Ingvild"), named(people, "Berit")
    ola = a_person(Role.SUPERVISOR, service=service, name="Ola Vik", language=service.language)
    (series,) = records.series_of_person(service.id, ingvild.id)
    plan = SeriesPlan(
        form=Form(series.form),
        supervisor_id=ola.id,
        member_ids=series.member_ids,
        rule=read_rule(series.rule),
        start_date=series.start_date,
        local_time=time.fromisoformat(series.local_time),
        place=series.place,
    )
    changed = supervision.change_series(actor_of(berit), series.id, plan, now=datetime.now(UTC))
    assert changed.ok, changed


if __name__ == "__main__":
    with create_app().app_context():
        take_over()
