"""The town that the access walks go through: built once for a module, and put back after each change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.conftest import WEDNESDAY_AT_TEN
from tests.security.town import Town, a_town
from tests.support.database import empty_tables


@pytest.fixture(scope="module")
def town(_app: Flask) -> Iterator[Town]:
    with time_machine.travel(WEDNESDAY_AT_TEN, tick=False):
        made = a_town(_app, WEDNESDAY_AT_TEN)
        with made.watching():
            yield made
    with _app.app_context():
        empty_tables(_app)
