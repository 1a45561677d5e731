"""What the database says when something fails."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from ledvei_pwa.features.people.records import Person
from ledvei_pwa.platform.database import db
from tests.support.people import a_person


def test_an_error_of_the_database_holds_no_values(app: Flask, now: datetime) -> None:
    person = a_person(email="ingvild@fjordvik.example")
    twin = Person(service_id=person.service_id, name="Hemmelig Navn", email=person.email, created_at=now)
    db.session.add(twin)
    with pytest.raises(IntegrityError) as failed:
        db.session.flush()
    db.session.rollback()
    assert "Hemmelig Navn" not in str(failed.value)
    assert "SQL parameters hidden" in str(failed.value)
