"""Those who administer are told when the last backup is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.backups import name_of
from tests.support.page_client import PageClient
from tests.support.people import a_person, a_service, sign_in

TOLD = "Det finnes ingen sikkerhetskopi"


def page_of_people(app: Flask) -> str:
    client = PageClient(app)
    sign_in(client, a_person(Role.SERVICE_LEADER, service=a_service()))
    return client.get("/people").get_data(as_text=True)


def test_an_old_backup_is_told_on_the_page_of_people_and_a_fresh_one_is_not(
    app: Flask, make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    backing_up = make_app(backup_folder=tmp_path)
    (tmp_path / name_of(now - timedelta(days=2))).touch()
    assert TOLD in page_of_people(backing_up)
    (tmp_path / name_of(now)).touch()
    assert TOLD not in page_of_people(backing_up)


def test_without_a_folder_for_backups_nobody_is_told(app: Flask) -> None:
    assert TOLD not in page_of_people(app)
