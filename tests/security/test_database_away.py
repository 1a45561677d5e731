"""When the database is away, whoever asks is told what to do, in their language."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from tests.support.page_client import Page, PageClient, html_of
from tests.support.people import a_person, sign_in


def nobody_listens() -> int:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def without_database(
    request: pytest.FixtureRequest, make_app: Callable[..., Flask], tmp_path: Path
) -> PageClient:
    """A file in a folder that is not there; a server that does not answer."""
    away = {
        "SQLite": f"sqlite:///{tmp_path}/gone/ledvei.sqlite3",
        "PostgreSQL": f"postgresql+psycopg://ledvei@127.0.0.1:{nobody_listens()}/ledvei",
    }
    client = PageClient(make_app(testing=False, database_url=away[request.param]))
    with client.session_transaction() as cookie:
        cookie["token"] = "of somebody who was signed in"
    return client


@pytest.mark.one_database
def test_a_page_says_that_ledvei_is_away_and_what_to_do(without_database: PageClient) -> None:
    without_database.set_cookie("ledvei_language", "nn")
    for path in ("/", "/sign-in", "/devices", "/invitation/some-token"):
        answer = without_database.get(path)
        page = Page(html_of(answer))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30"), path
        assert answer.headers["Content-Language"] == "nn", path
        assert "halvt minutt" in page.text(), path
        assert "/nn/today" in page.links().values(), path


@pytest.mark.one_database
def test_without_a_cookie_it_speaks_as_the_browser_does_and_to_devices_in_json(
    without_database: PageClient,
) -> None:
    wanted = {"Accept-Language": "nn-NO, en", "X-Ledvei": "1"}
    assert without_database.get("/sign-in", headers=wanted).headers["Content-Language"] == "nn"
    answer = without_database.post("/api/v1/language", json={"language": "nn"}, headers=wanted)
    assert (answer.status_code, answer.get_json()["error"]) == (503, "away")
    assert int(answer.headers["Retry-After"]) > 0
    assert [without_database.get(path).status_code for path in ("/nn/today", "/sw.js")] == [200, 200]


def test_when_it_is_back_the_next_request_is_answered(
    make_app: Callable[..., Flask], client: PageClient, db: SQLAlchemy
) -> None:
    """A connection that the database has cut is noticed by the one who gets it, and by nobody after."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection that can be cut")
    served = make_app(testing=False)
    browser = PageClient(served)
    sign_in(browser, a_person())
    db.session.remove()
    with db.engine.connect() as connection:
        cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(f"{cut} AND datname = current_database()"))
    db.engine.dispose()  # the tests' own were cut with them
    statuses = [browser.get("/devices").status_code for _ in range(3)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200
