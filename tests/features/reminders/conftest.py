"""A service with a supervisor, a participant and a session on Thursday 19 November 2026 at ten o'clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from ledvei_pwa.features.people.actions import PersonCard, ServiceCard
from ledvei_pwa.features.reminders import delivery
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.kernel.access import Role
from tests.support.people import a_person, a_service
from tests.support.push_service import StrangePushService, strange_push_service
from tests.support.reminders import oslo
from tests.support.supervision import a_series, a_session


@pytest.fixture
def monday() -> datetime:
    """Monday 16 November 2026, noon: three days before the first session."""
    return oslo("2026-11-16 12:00")


@pytest.fixture
def service(app: Flask) -> ServiceCard:
    return a_service()


@pytest.fixture
def supervisor(service: ServiceCard) -> PersonCard:
    return a_person(Role.SUPERVISOR, service=service, name="Ragnhild", language="nn")


@pytest.fixture
def member(service: ServiceCard) -> PersonCard:
    return a_person(service=service, name="Ingvild", language="nb")


@pytest.fixture
def series(supervisor: PersonCard, member: PersonCard, monday: datetime) -> Series:
    return a_series(supervisor, [member], now=monday, start=oslo("2026-11-19 10:00").date())


@pytest.fixture
def session(series: Series, monday: datetime) -> Session:
    """Thursday 19 November at ten."""
    return a_session(series, now=monday)


@pytest.fixture
def push_service(app: Flask) -> Iterator[StrangePushService]:
    with strange_push_service() as service:
        yield service
    app.extensions.pop(delivery.SENDER, None)  # it remembers pauses
