"""A small service: a group with supervisor and two participants, a leader, an outsider; another service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.kernel.access import Role
from tests.support.device import Device, device_of
from tests.support.kept import as_built
from tests.support.people import a_person, a_service
from tests.support.supervision import a_series, a_session


@dataclass
class World:
    app: Flask
    service: ServiceCard
    now: datetime
    supervisor: PersonCard
    caseworker: PersonCard
    colleague: PersonCard
    leader: PersonCard
    outsider: PersonCard
    stranger: PersonCard  # of another service
    series: str
    session: str

    @property
    def scope(self) -> dict[str, str]:
        return {"series": self.series, "session": self.session}

    def another_supervisor(self) -> PersonCard:
        """Another supervisor of the same service."""
        return a_person(Role.SUPERVISOR, service=self.service)

    def device(self, person: PersonCard) -> Device:
        """A new device of that person, filled."""
        device = device_of(self.app, person)
        device.sync()
        return device


@pytest.fixture
def world(app: Flask, now: datetime) -> World:
    return as_built(app, "world", lambda: a_world(app, now))


def a_world(app: Flask, now: datetime) -> World:
    service = a_service("Fjordvik")
    supervisor = a_person(Role.SUPERVISOR, service=service)
    caseworker, colleague = a_person(service=service), a_person(service=service)
    series = a_series(supervisor, [caseworker, colleague], now=now)
    return World(
        app=app,
        service=service,
        now=now,
        supervisor=supervisor,
        caseworker=caseworker,
        colleague=colleague,
        leader=a_person(Role.SERVICE_LEADER, service=service),
        outsider=a_person(service=service),
        stranger=a_person(service=a_service("Elvedal")),
        series=series.id,
        session=a_session(series, now=now).id,
    )
