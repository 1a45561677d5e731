"""What a log may say when something fails: the kind of error and the place, never words or addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog
from flask import Flask

from ledvei_pwa.platform.sessions import public


def test_a_failure_is_logged_without_its_words_and_without_the_address(
    app: Flask, make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    failing = make_app(testing=False)

    @public
    def fail(token: str) -> str:
        raise RuntimeError(f"planted secret {token}")

    failing.add_url_rule("/opens/<string:token>", "opens", fail)
    assert failing.test_client().get("/opens/one-time-link").status_code == 500
    said = "".join(capfd.readouterr())
    assert "RuntimeError" in said
    assert "test_logs.py" in said
    assert "planted secret" not in said
    assert "one-time-link" not in said


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b[2J", "\x0b", "\x85", "\u2028", "\x00", "\u202e"])
def test_no_sign_in_a_line_begins_another_or_tells_a_terminal_what_to_do(
    app: Flask, capfd: pytest.CaptureFixture[str], sign: str
) -> None:
    structlog.get_logger().warning("passkey_refused", why=f"origin{sign}forged")
    said = capfd.readouterr().err
    assert sign not in said.removesuffix("\n")
    assert "forged" in said
