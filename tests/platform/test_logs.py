"""What a log may say when something fails: the kind of error and the place, never words or addresses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from ledvei_pwa.platform.sessions import public


def test_a_failure_is_logged_without_its_words_and_without_the_address(
    make_app: Callable[..., Flask], capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(testing=False)

    @public
    def fail(token: str) -> str:
        raise RuntimeError(f"planted secret {token}")

    app.add_url_rule("/opens/<string:token>", "opens", fail)
    assert app.test_client().get("/opens/one-time-link").status_code == 500
    said = "".join(capfd.readouterr())
    assert "RuntimeError" in said
    assert "test_logs.py" in said
    assert "planted secret" not in said
    assert "one-time-link" not in said
