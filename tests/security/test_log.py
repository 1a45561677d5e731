"""Nothing that anybody writes, is called or signs in by is logged: sent everywhere, and looked for there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask, request
from sqlalchemy.orm import Session

from ledvei_pwa.platform.sessions import signed_in, signed_in_actor
from tests.security.test_hostile import Spot, address_with, spots
from tests.security.test_matrix import addresses
from tests.security.town import MARK, Town

pytestmark = pytest.mark.one_database
PLANTED = "merke9999x"


@pytest.fixture
def live(town: Town, make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture) -> Iterator[Town]:
    """The town as it is served: what fails is answered, and logged."""
    caplog.set_level(logging.DEBUG)
    moved = replace(town, app=make_app(testing=False))
    with moved.watching():
        yield moved


def said(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> str:
    out, err = capfd.readouterr()
    return out + err + caplog.text


def send_everywhere(town: Town) -> list[tuple[Spot, int]]:
    return [(spot, spot.send(PLANTED).status) for spot in spots(town)]


def secrets_of(town: Town) -> set[str]:
    """Passwords and credentials that these requests carried."""
    devices = [device.read for device in town.devices.values()] + [d.write for d in town.devices.values()]
    return {*devices, *town.cookies.values(), *(person.email for person in town.persons.values())}


def test_no_text_name_or_secret_is_logged_whatever_is_sent_where(
    live: Town, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    send_everywhere(live)
    log = said(capfd, caplog)
    assert MARK.findall(log) == []
    assert [secret for secret in secrets_of(live) if secret in log] == []


def test_nothing_is_logged_of_what_was_sent_to_a_page_that_fails(
    live: Town,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every route, with somebody signed in: what it was asked, and who by, stand in the error."""

    @signed_in
    def fail(**parts: str) -> str:
        sent = request.get_data(as_text=True)
        raise RuntimeError(f"could not read {parts} {request.url} {sent} for {signed_in_actor().name}")

    failed = set()
    for name, method, rule in list(addresses(live)):
        with monkeypatch.context() as broken:
            broken.setitem(live.app.view_functions, rule.endpoint, fail)
            address = address_with(live, rule, min(rule.arguments, default="")).replace("PAYLOAD", PLANTED)
            sent = {"csrf_token": live.tokens["author"], "text": PLANTED}
            answer = live.send("author", f"{address}?words={PLANTED}", sent, method)
        failed |= {name} if answer.status == 500 else set()
        assert PLANTED not in answer.text
    log = said(capfd, caplog)
    assert len(failed) > 100
    assert log.count("request_failed") == len(failed)
    assert MARK.findall(log) == []
    assert [secret for secret in secrets_of(live) if secret in log] == []


def test_nothing_of_it_is_logged_either_when_all_that_writes_fails(
    live: Town,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Errors quote what they fail on."""

    def fail(session: Session, *_: object) -> None:
        raise RuntimeError(f"could not keep {PLANTED} of {sorted(map(str, session.identity_map))}")

    monkeypatch.setattr(Session, "_flush", fail)  # when there is something to write
    monkeypatch.setattr(Session, "commit", fail)
    statuses = {status for _, status in send_everywhere(live)}
    monkeypatch.undo()
    log = said(capfd, caplog)
    assert 500 in statuses
    assert {"request_failed", "operation_failed"} <= {word for word in log.split() if "failed" in word}
    assert "RuntimeError" in log
    assert MARK.findall(log) == []
    assert [secret for secret in secrets_of(live) if secret in log] == []
