"""A small real service for the browser tests: two supervision series, four people, passwords set."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time, timedelta

from ledvei_pwa import create_app
from ledvei_pwa.cli.start import make_instance_folder
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.rules import Form, SeriesPlan
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.kernel.cadence import WEEKDAYS, Rule, Unit
from ledvei_pwa.kernel.norwegian_calendar import local, next_working_day
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings
from tests.support.people import CODE_SECRET, PASSWORD, a_person, a_service, a_team, actor_of

NAMES = {
    "ingvild": ("Ingvild Sørli", Role.CASEWORKER),
    "jonas": ("Jonas Fjeld", Role.CASEWORKER),
    "ragnhild": ("Ragnhild Moe", Role.SUPERVISOR),
    "berit": ("Berit Haugland", Role.SERVICE_LEADER),
}


def make(language: str) -> dict[str, object]:
    """Ragnhild supervises Ingvild and Jonas, each alone and weekly, next time on the next working day."""
    now = datetime.now(UTC)
    service = a_service("Fjordvik barnevernstjeneste", language=language)
    team = a_team(service)
    people = {
        key: a_person(
            role, service=service, team=team, name=name, email=f"{key}@fjordvik.example", language=language
        )
        for key, (name, role) in NAMES.items()
    }
    leader = actor_of(people["berit"])
    day = next_working_day(local(now).date() + timedelta(days=1))
    sessions = {}
    for member, hour in (("ingvild", 10), ("jonas", 13)):
        plan = SeriesPlan(
            form=Form.INDIVIDUAL,
            supervisor_id=people["ragnhild"].id,
            member_ids=frozenset({people[member].id}),
            rule=Rule(Unit.WEEKS, 1, (WEEKDAYS[day.weekday()],)),
            start_date=day,
            local_time=time(hour),
            place="Rom 2",
        )
        started = supervision.start_series(leader, plan, now=now)
        assert started.value is not None, started
        sessions[member] = [session.id for session in supervision.sessions_in(started.value)]
    return {
        "password": PASSWORD,
        "code_secret": CODE_SECRET,
        "emails": {key: card.email for key, card in people.items()},
        "sessions": sessions,
    }


if __name__ == "__main__":
    make_instance_folder(Settings.from_environment())
    ensure_keys(Settings.from_environment().keys_path)
    schema.upgrade(Settings.from_environment().database_url)
    with create_app().app_context():
        sys.stdout.write(json.dumps(make(sys.argv[1])))
