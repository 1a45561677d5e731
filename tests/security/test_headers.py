"""What every answer says to the browser, whatever it is: pages, forms, errors, redirects, files, the API.

Over https, as in the world. And what must come with every request that writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from flask import Flask
from werkzeug.datastructures import Headers

from ledvei_pwa.platform.assets import STATIC
from ledvei_pwa.platform.headers import PERMISSIONS_POLICY
from ledvei_pwa.platform.sessions import public
from tests.security.routes import ROUTES, send
from tests.security.test_matrix import address_of, addresses, places_of
from tests.security.town import NOBODY, Answer, Town, words

pytestmark = pytest.mark.one_database
HTTPS: Final = "https://ledvei.example"
ON_PAGES: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
ONLY_ON_PAGES: Final = {"Cross-Origin-Opener-Policy", "Permissions-Policy"}
ON_FILES: Final = {name: value for name, value in ON_PAGES.items() if name not in ONLY_ON_PAGES}
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "ledvei",
}
FOR_EVER: Final = "immutable"
CHANGING: Final = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def secure(town: Town, make_app: Callable[..., Flask]) -> Iterator[Town]:
    """The same town behind https."""
    app = make_app(base_url=HTTPS, testing=False)

    @public
    def fail() -> str:
        raise RuntimeError("planted")

    app.add_url_rule("/fails", "fails", fail)
    app.add_url_rule("/api/v1/fails", "api_fails", fail)
    moved = replace(town, app=app, cookie="__Host-ledvei", base_url=HTTPS)
    with moved.watching():
        yield moved


def problems_with(answer: Answer) -> list[str]:
    headers = Headers(list(answer.headers))
    found = [f"{name}: {headers.get(name)}" for name, value in ON_PAGES.items() if headers.get(name) != value]
    found += problems_with_policy(headers.get("Content-Security-Policy", ""))
    kept = headers.get("Cache-Control", "")
    if kept != "no-store" and FOR_EVER not in kept:
        found.append(f"Cache-Control: {kept}")
    found += [problem for line in headers.getlist("Set-Cookie") for problem in problems_with_cookie(line)]
    found += [name for name in ("Access-Control-Allow-Origin", "X-Powered-By", "ETag") if name in headers]
    return found


def problems_with_policy(policy: str) -> list[str]:
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    found = [f"{name}: {parts.get(name)}" for name, value in POLICY.items() if parts.get(name) != value]
    loose = [word for word in ("unsafe", "*", "http:", "https:", "blob:") if word in policy]
    return found + [f"the policy has {word}" for word in loose]


def problems_with_cookie(line: str) -> list[str]:
    name, *attributes = (part.strip() for part in line.split(";"))
    wanted = {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"}
    found = [f"{name[:20]} lacks {part}" for part in sorted(wanted - set(attributes))]
    found += [f"{name[:20]} has {part}" for part in attributes if part.startswith("Domain")]
    return found if name.startswith("__Host-") else [*found, f"{name[:20]} is not bound to this host"]


# --- every answer -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["author", "service_leader", NOBODY])
def test_every_route_answers_with_the_headers(secure: Town, person: str) -> None:
    wrong = []
    for name, method, rule in addresses(secure):
        if rule.endpoint in {"fails", "api_fails"}:
            continue
        place = places_of(secure, rule)[0]
        address = address_of(secure, rule, place)
        answers = {method: send(secure, ROUTES[name], method, address, place, person)}
        if method == "GET":
            answers |= {other: secure.ask(person, other, address) for other in ("HEAD", "OPTIONS", "PUT")}
        for asked, answer in answers.items():
            wrong += [f"{asked} {rule} ({answer.status}): {problem}" for problem in problems_with(answer)]
    assert wrong == [], words(wrong)


ODD: Final[list[tuple[str, str, int, dict[str, Any]]]] = [
    ("GET", "/nothing-here", 404, {}),
    ("GET", "/api/v1/nothing", 404, {}),
    ("DELETE", "/people", 405, {}),
    ("GET", "/api/v1/sync", 405, {}),
    ("GET", "/nb", 308, {}),
    ("GET", "/invitation/%00", 400, {}),
    ("GET", "/fails", 500, {}),
    ("GET", "/api/v1/fails", 500, {}),
    ("POST", "/api/v1/sync", 415, {"data": b"x"}),
    ("POST", "/api/v1/sync", 413, {"data": b" " * 3_000_000, "content_type": "application/json"}),
    ("POST", "/sign-in", 400, {"data": {"email": "a"}}),
    ("GET", "/static/0000/css/nothing.css", 404, {}),
]


@pytest.mark.parametrize(("method", "address", "status", "request_"), ODD)
def test_errors_and_redirects_answer_with_the_headers(
    secure: Town, method: str, address: str, status: int, request_: dict[str, Any]
) -> None:
    answer = secure.ask("author", method, address, **request_)
    assert answer.status == status
    assert problems_with(answer) == []


def test_every_static_file_answers_with_the_headers(secure: Town) -> None:
    build = secure.app.extensions["ledvei"].settings.build
    paths = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()]
    of_each_kind = {path.rpartition(".")[2]: path for path in sorted(paths) if not path.endswith(".d.ts")}
    wrong = []
    for kind, path in of_each_kind.items():
        for method in ("GET", "HEAD"):
            answer = secure.ask(NOBODY, method, f"/static/{build}/{path}")
            headers = Headers(list(answer.headers))
            missing = [name for name, value in ON_FILES.items() if headers.get(name) != value]
            wrong += [f"{method} .{kind} {name}" for name in missing]
            if FOR_EVER not in headers.get("Cache-Control", ""):
                wrong.append(f"{method} .{kind} is not kept")
    assert wrong == [], words(wrong)
    assert {"js", "css", "svg"} <= of_each_kind.keys()


UNUSUAL: Final[list[tuple[str, int, dict[str, str]]]] = [
    ("GET", 206, {"Range": "bytes=0-3"}),
    ("GET", 416, {"Range": "bytes=99999999-"}),
    ("GET", 304, {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}),
    ("POST", 405, {}),
]


@pytest.mark.parametrize(("method", "status", "asked"), UNUSUAL, ids=str)
def test_a_static_file_that_is_asked_for_oddly_answers_with_the_headers(
    secure: Town, method: str, status: int, asked: dict[str, str]
) -> None:
    build = secure.app.extensions["ledvei"].settings.build
    for _ in range(2):  # the second time what is kept of the first may be given
        answer = secure.ask(NOBODY, method, f"/static/{build}/css/10-base.css", headers=asked)
        headers = Headers(list(answer.headers))
        assert answer.status == status
        assert {name: headers.getlist(name) for name in ON_FILES} == {n: [v] for n, v in ON_FILES.items()}


def test_a_picture_that_can_hold_scripts_runs_none(secure: Town) -> None:
    """An SVG file can be opened by its own address, and is a document then."""
    build = secure.app.extensions["ledvei"].settings.build
    headers = Headers(list(secure.ask(NOBODY, "GET", f"/static/{build}/icons/icon.svg").headers))
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


# --- every request that writes ------------------------------------------------------------------------------

FROM_ELSEWHERE: Final = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": HTTPS},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "https://ledvei.example.elsewhere.example"},
    {"Origin": "https://ledvei.example:8443"},
    {"Origin": "https://neighbour.ledvei.example"},
    {"Origin": "null"},
    {"Origin": ""},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_no_route_of_the_api_writes_for_another_sites_page(secure: Town, headers: dict[str, str]) -> None:
    tried, wrong = 0, []
    for name, method, rule in addresses(secure):
        if method not in CHANGING or not rule.rule.startswith("/api/"):
            continue
        tried += 1
        fill = ROUTES[name].fill
        body = fill(secure, secure.places["group"], "author") if fill else {}
        answer = secure.ask("author", method, rule.rule, json=body, headers={"X-Ledvei": "1", **headers})
        if answer.status != 403 or answer.changed:
            wrong.append(f"{method} {rule}: {answer.status}, {answer.changed}")
    assert wrong == [], words(wrong)
    assert tried >= 6


def test_the_walk_of_the_api_would_write_from_this_site(secure: Town) -> None:
    here = {"X-Ledvei": "1", "Sec-Fetch-Site": "same-origin", "Origin": HTTPS}
    assert secure.ask("author", "POST", "/api/v1/devices", json={"name": "Firefox"}, headers=here).changed


@pytest.mark.parametrize("token", ["none", "another's", "long ago"])
def test_no_filled_form_writes_without_its_token(secure: Town, token: str) -> None:
    tokens = {"another's": secure.tokens["author"], "long ago": "a.b.c"}
    tried, wrong = 0, []
    for name, method, rule in addresses(secure):
        fill = ROUTES[name].fill if name in ROUTES else None
        if method not in CHANGING or rule.rule.startswith("/api/") or fill is None:
            continue
        tried += 1
        place = places_of(secure, rule)[0]
        fields = {**fill(secure, place, "service_leader"), "csrf_token": tokens.get(token, "")}
        answer = secure.ask("service_leader", method, address_of(secure, rule, place), data=fields)
        if answer.status != 400 or answer.changed:
            wrong.append(f"{method} {rule}: {answer.status}, {answer.changed}")
    assert wrong == [], words(wrong)
    assert tried > 20
