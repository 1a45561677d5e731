"""Every page as it is served, and every view of the app in its shell, read by html-validate."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

from ledvei_pwa.features.people.actions import persons_by_ids
from ledvei_pwa.platform.assets import asset_url
from ledvei_pwa.platform.sessions import Strength
from tests.support import filled_service
from tests.support.page_client import PageClient, html_of
from tests.support.people import come_back, sign_in, without_second_factor
from tests.support.server_pages import leaders_pages

pytestmark = pytest.mark.one_database

ROOT: Final = Path(__file__).resolve().parents[2]
CONFIGURATION: Final = ROOT / ".htmlvalidate.json"
# What differs from html-validate's own choices. JSON has no comments, so the reasons stand here.
CHOSEN: Final = {
    "form-dup-name": "check boxes that share a name are one list of answers",
    "require-sri": "all files are our own, from an address that holds their hash; of others' none is allowed",
    "tel-non-breaking": "numbers do not break because of `a[href^=tel]` in css/10-base.css",
}
EXCEPTED: Final = {
    ("view-session", "empty-heading"): "the script writes whom the session is with",
    ("view-hold", "empty-heading"): "the script writes the step's name",
    ("view-supervision", "no-missing-references"): "the heading is in the session that is put into it",
    ("part-summary-form", "wcag/h32"): "it is saved while one writes, and by the step's own button",
}
TEMPLATE: Final = re.compile(r'\s*<template id="([^"]+)"[^>]*>(.*?)</template>', re.DOTALL)
OUTLET: Final = re.compile(r"(<main [^>]*>).*?(</main>)", re.DOTALL)
NO_PAGE: Final = {
    "sign_in.front_page": "sends on",
    "sign_in.demo_sign_in": "signs in and sends on",
    "sign_in.sign_in_options": "JSON",
    "sign_in.invitation_passkey_options": "JSON",
    "factors.first_passkey_options": "JSON",
    "factors.passkey_options": "JSON",
    "factors.proof_options": "JSON",
    "reentry.earlier_passkey_options": "JSON",
    "openid.come_back": "sends on",
    "openid.is_mine": "after another server only: tests/features/people/test_openid.py",
    "openid.is_mine_too": "after another server only: tests/features/people/test_openid.py",
    "health.healthz": "JSON",
    "shell.worker": "a script",
    "shell.manifest": "JSON",
}


@pytest.fixture(params=["nb", "nn"])
def pages(request: pytest.FixtureRequest, app: Flask, client: PageClient) -> dict[str, str]:
    """HTML by name and status, for all pages that can be got."""
    language: str = request.param
    facts: dict[str, Any] = filled_service.fill(app, language)
    shell = got(client, f"/{language}/today")
    views = got(client, asset_url(f"views/{language}"))
    found = {"the views": TEMPLATE.sub("", views), **views_in_shell(shell, views)}
    found |= strangers_pages(client, facts, language)
    leader = facts["people"]["berit"]
    sign_in(client, persons_by_ids([leader])[leader])
    for name, path in leaders_pages(facts).items():
        found[name] = got(client, path)
    found["series, with errors"] = html_of(client.send("/series/new", form="individual"))
    found["invite, with errors"] = html_of(client.send("/people/invite", name=""))
    found["a new link"] = html_of(client.send(f"/people/{facts['people']['jonas']}/invitation"))
    found["new recovery codes"] = html_of(client.send("/my-sign-in/recovery-codes", page="/my-sign-in"))
    sign_in(client, persons_by_ids([leader])[leader], is_fresh=False)
    found["who is it"] = got(client, "/prove")
    found |= pages_on_the_way_in(client, facts)
    found |= pages_of_who_comes_back(client, facts)
    return found


def pages_of_who_comes_back(client: PageClient, facts: dict[str, Any]) -> dict[str, str]:
    """By a link: as they see it who came, and as it is seen where the person is signed in."""
    leader = persons_by_ids([facts["people"]["berit"]])[facts["people"]["berit"]]
    waiting = come_back(client, leader)
    found = {"an account that waits": got(client, "/waiting")}
    found["an account that waits, wrong code"] = html_of(client.send("/waiting", code="000000"))
    sign_in(client, leader)
    found["a link in use"] = got(client, "/devices")
    found["a link in use: is it you"] = got(client, f"/devices/links/{waiting}/confirm")
    return found


def pages_on_the_way_in(client: PageClient, facts: dict[str, Any]) -> dict[str, str]:
    leader = persons_by_ids([facts["people"]["berit"]])[facts["people"]["berit"]]
    sign_in(client, leader, Strength.PASSWORD)
    found = {"one step left": got(client, "/sign-in/second-step")}
    sign_in(client, without_second_factor(), Strength.PASSWORD)
    found["second factor"] = got(client, "/second-factor")
    found["code app"] = got(client, "/second-factor/code-app")
    found["code app, wrong code"] = html_of(client.send("/second-factor/code-app", code="000"))
    return found


def strangers_pages(client: PageClient, facts: dict[str, Any], language: str) -> dict[str, str]:
    in_language = {"Accept-Language": language}
    wrong = {"email": facts["emails"]["nora"], "password": "not this"}
    return {
        "sign-in": got(client, "/sign-in", headers=in_language),
        "sign-in, wrong": html_of(client.send("/sign-in", **wrong)),
        "recovery": got(client, "/sign-in/recovery", headers=in_language),
        "recovery, wrong": html_of(
            client.send("/sign-in/recovery", email="nobody@fjordvik.example", code="1")
        ),
        "invitation": got(client, facts["invitation"], headers=in_language),
        "invitation that cannot be used": got(client, "/invitation/nobodys", status=None),
        "not found": got(client, "/not/here", status=404),
    }


def views_in_shell(shell: str, views: str) -> dict[str, str]:
    """The shell as it is loaded, and once for each template with that where the script will put it."""
    bare = TEMPLATE.sub("", shell)
    found = {"the app": bare}
    for match in TEMPLATE.finditer(shell + views):
        name, content = match.groups()
        heading = "" if "<h1" in content else "<h1>Ledvei</h1>"  # a part of a page that has one
        found[name] = OUTLET.sub(lambda main, put=heading + content: main[1] + put + main[2], bare)
    return found


def got(client: PageClient, path: str, *, status: int | None = 200, **options: Any) -> str:
    response = client.get(path, **options)
    assert status is None or response.status_code == status, f"{path}: {response.status}"
    return html_of(response)


def validate(folder: Path) -> list[str]:
    """What html-validate says of the pages in a folder, a line for each."""
    command = [
        "node_modules/.bin/html-validate",
        "--formatter",
        "json",
        "--config",
        str(CONFIGURATION),
        str(folder),
    ]
    answer = folder / "answer.json"
    with answer.open("w") as output:  # into a pipe it would be cut off: it exits before all is written
        ended = subprocess.run(command, cwd=ROOT, stdout=output, check=False, timeout=100)
    assert ended.returncode in {0, 1}, answer.read_text()
    found = [
        (Path(page["filePath"]).stem, message)
        for page in json.loads(answer.read_text())
        for message in page["messages"]
    ]
    return [
        f"{name}, line {message['line']}: {message['ruleId']}: {message['message']}"
        for name, message in found
        if (name, message["ruleId"]) not in EXCEPTED
    ]


def test_every_page_is_good_html(pages: dict[str, str], tmp_path: Path) -> None:
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    found = validate(tmp_path)
    assert found == [], "\n".join(found)


def test_a_fault_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><html lang='nb'><p><button>Ja</p></button></html>")
    assert len(validate(tmp_path)) > 2


def test_each_choice_has_its_reason() -> None:
    assert set(json.loads(CONFIGURATION.read_text())["rules"]) == set(CHOSEN)


def test_no_page_is_forgotten(app: Flask) -> None:
    """A new page is added to tests/support/server_pages.py, and is looked at here and in browsers."""
    shown = {endpoint_of(app, path) for path in paths_looked_at(app)}
    offered = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert offered - shown - set(NO_PAGE) == set()


def paths_looked_at(app: Flask) -> list[str]:
    facts: dict[str, Any] = filled_service.fill(app, "nb")
    strangers = [
        "/sign-in",
        "/sign-in/recovery",
        "/sign-in/second-step",
        "/privacy",
        "/prove",
        "/second-factor",
        "/waiting",
        "/devices/links/any/confirm",
        facts["invitation"],
    ]
    shells = ["/second-factor/code-app", "/nb/", "/nb/today", asset_url("views/nb")]
    return [*strangers, *shells, *(path.partition("?")[0] for path in leaders_pages(facts).values())]


def endpoint_of(app: Flask, path: str) -> str:
    match: Callable[[str], tuple[str, Any]] = app.url_map.bind("localhost").match
    return match(path)[0]
