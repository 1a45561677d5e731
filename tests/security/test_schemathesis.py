"""Schemathesis makes requests out of docs/openapi.json, good and bad, and sends them as different people.

Never a failure of ours, always an answer that is described, and nothing written by what is refused. Here
some, the same every time; `make schemathesis` sends many, other ones each time.
"""

from __future__ import annotations

import os
from collections import Counter
from copy import deepcopy
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from ledvei_pwa.platform import push
from tests.security.town import NOBODY, STRANGER, Town
from tests.support.described import description, operations
from tests.support.device import Device

pytestmark = pytest.mark.one_database
LONG: Final = int(os.environ.get("LEDVEI_SCHEMATHESIS", "0"))  # requests for each operation and mode
MANY: Final = LONG or 8
EXAMPLES: Final = settings(  # the same ones each time, unless it may take long
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=[Phase.generate, *([Phase.shrink] if LONG else [])],
    suppress_health_check=list(HealthCheck),
)
PEOPLE: Final = ("author", "supervisor", "expired", "service_leader", STRANGER, NOBODY)
REFUSALS: Final = ("400", "401", "403", "409", "413", "415", "426", "429")
CHECKS: Final = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    allow_header_conformance,
)
# Of what waits to be sent one bad operation must not hold back the others: each is refused in its own result.
TAKES_BAD_PARTS: Final = {"/api/v1/sync": [negative_data_rejection]}
OPERATIONS: Final = [(method, path) for method, path, _ in operations()]


@pytest.fixture(scope="module")
def schema(town: Town) -> Any:
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": list(REFUSALS)}}}
    )
    loaded = schemathesis.openapi.from_dict(without_sign_in(), config=config)
    loaded.app = town.app
    return loaded


def without_sign_in() -> dict[str, Any]:
    """Who it is, is ours to say: the cookie is always somebody's, or nobody's."""
    made = deepcopy(description())
    del made["components"]["securitySchemes"]
    for methods in made["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return made


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are made up are not asked for."""
    monkeypatch.setattr(push, "_look_up", lambda _host: {"142.250.74.10"})


@pytest.mark.timeout(7200 if LONG else 120)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_is_answered_as_described(
    town: Town, schema: Any, method: str, path: str, mode: GenerationMode
) -> None:
    answered: Counter[int] = Counter()

    @settings(EXAMPLES, max_examples=MANY)
    @given(data=some.data())
    def send(data: Any) -> None:
        case = data.draw(schema[path][method].as_strategy(mode))
        person = data.draw(some.sampled_from(PEOPLE))
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            case.body = data.draw(with_what_is_there(case.body, town, person))
        answered[answer(town, case, person)] += 1

    send()
    assert answered.total() >= len(PEOPLE)  # there is no more than that to say when nothing is sent


def answer(town: Town, case: Any, person: str) -> int:
    """The status. Raises what Schemathesis finds."""
    sent = case.as_transport_kwargs()
    sent["headers"].pop("Accept-Encoding", None)  # compressed or not is no matter here
    given_ = town.ask(person, sent.pop("method"), sent.pop("path"), **sent)
    assert town.last is not None
    case.validate_response(town.last, checks=list(CHECKS), excluded_checks=TAKES_BAD_PARTS.get(case.path, []))
    assert given_.status < 400 or not given_.changed, f"{given_.status}, and something was written"
    return given_.status


def with_what_is_there(body: dict[str, Any], town: Town, person: str) -> some.SearchStrategy[dict[str, Any]]:
    """Now and then this person's own device, credentials and texts: what is made up comes in nowhere."""
    device = town.devices.get(person) or town.devices["author"]
    known: dict[str, Any] = {"device": device.id, "read": device.read, "person": device.person.id}
    known["operations"] = [a_text(device), a_text(device, happened=5)]
    there = sorted(name for name in known if name in body)
    return (
        some.sets(some.sampled_from(there)).map(
            lambda names: {**body, **{name: known[name] for name in names}}
        )
        if there
        else some.just(body)
    )


def a_text(device: Device, **fields: Any) -> dict[str, str]:
    return device.seal(
        device.operation("debrief", base=0, **{"happened": "Noe.", "audience": "private", **fields})
    )
