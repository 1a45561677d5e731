"""Headers, errors and health: what every answer says, and what it says when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ledvei_pwa.platform import health
from ledvei_pwa.platform.headers import CONTENT_SECURITY_POLICY
from ledvei_pwa.platform.sessions import public
from tests.support.page_client import PageClient

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def test_scripts_run_from_our_own_files_only() -> None:
    assert "script-src 'self'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/healthz", "/nb/", "/api/v1/sync"])
def test_nothing_but_static_files_is_kept_by_a_cache(client: PageClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_https_is_remembered_where_it_is_used(make_app: Callable[..., Flask]) -> None:
    secure = PageClient(make_app(base_url="https://ledvei.example"))
    assert secure.get("/sign-in").headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_https_is_not_promised_where_it_is_not(client: PageClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers


def test_an_unknown_address_is_answered_by_a_page(client: PageClient) -> None:
    page = client.page("/nothing-here", status=404)
    assert page.heading


def test_an_unknown_address_of_the_protocol_is_answered_in_json(client: PageClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.get_json()["error"] == "not_found"
    assert answer.get_json()["text"]


@pytest.mark.parametrize("path", ["/api/v1/sync", "/my-texts"])
def test_whoever_asks_in_a_way_that_is_not_there_is_told_which_are(client: PageClient, path: str) -> None:
    answer = client.put(path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"].split(", ")


@pytest.fixture
def failing(make_app: Callable[..., Flask]) -> PageClient:
    """A browser at an app in which something of ours fails."""
    app = make_app(testing=False)

    @public
    def fail() -> str:
        raise RuntimeError("planted secret")

    app.add_url_rule("/fails", "fails", fail)
    app.add_url_rule("/api/v1/fails", "api_fails", fail)
    return PageClient(app)


def test_a_failure_of_ours_is_a_calm_page(failing: PageClient) -> None:
    assert "planted secret" not in failing.page("/fails", status=500).text()


def test_a_failure_of_ours_is_json_for_devices(failing: PageClient) -> None:
    answer = failing.get("/api/v1/fails")
    assert (answer.status_code, answer.get_json()["error"]) == (500, "failed")
    assert "planted secret" not in answer.get_data(as_text=True)


def test_healthz_is_up_without_a_worker_and_says_so(
    client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "is_newest", lambda _engine: True)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"], answer.get_json()["worker"]) == (
        200,
        "up",
        False,
    )


def test_healthz_is_down_while_the_tables_are_old(client: PageClient) -> None:
    """The tests' tables were made without migrations, which is just what an old database looks like."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["migrations"]) == (503, False)


def test_healthz_is_down_without_a_database(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr("ledvei_pwa.platform.health.db.engine.connect", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, False)


def test_a_clock_in_the_past_is_noticed(app: Flask) -> None:
    assert not health.check_clock(datetime(2020, 1, 1, tzinfo=UTC)).ok


def test_a_clock_apart_from_the_databases_is_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "clock_of_database", lambda: NOON.replace(hour=13))
    assert not health.check_clock(NOON).ok


def test_the_clocks_of_this_machine_and_its_database_agree(app: Flask) -> None:
    assert health.check_clock(datetime.now(UTC)).ok


def test_a_full_disk_is_noticed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_DISK", 10**18)
    assert not health.check_disk(health.house()).ok


def test_every_check_that_fails_says_what_to_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_DISK", 10**18)
    failed = [check for check in health.all_checks(now=datetime(2020, 1, 1, tzinfo=UTC)) if not check.ok]
    assert {check.name for check in failed} >= {"migrations", "clock", "disk"}
    assert all(check.remedy for check in failed)
