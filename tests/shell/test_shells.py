"""The shells, the worker and the manifest: the same for everybody, whole, and pointing at one build."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from ledvei_pwa.platform.assets import asset_url
from ledvei_pwa.platform.i18n import LANGUAGES, catalogue_for_scripts
from ledvei_pwa.platform.registry import House
from tests.support.page_client import PageClient, html_of
from tests.support.people import a_person, a_service, sign_in

ADDRESSES = (
    "/nb/",
    "/nb/today",
    "/nb/topic/new?session=1",
    "/nb/supervision/0190aaaa-0000-7000-8000-000000000001/hold",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shell_speaks_the_language_of_its_address(client: PageClient, language: str) -> None:
    page = client.page(f"/{language}/today", headers={"Accept-Language": "en"})
    body = page.root.find("body")
    assert page.root.get("lang") == language
    assert body is not None
    assert body.get("data-language") == language


def test_all_addresses_of_a_language_give_the_same_bytes(client: PageClient) -> None:
    assert len({html_of(client.get(address)) for address in ADDRESSES}) == 1


def test_a_shell_is_the_same_for_somebody_and_for_nobody(app: Flask, client: PageClient) -> None:
    nobody = html_of(client.get("/nb/today"))
    app.extensions["ledvei_shells"].clear()
    sign_in(client, a_person(service=a_service(), name="Guro Lillevik"))
    somebody = html_of(client.get("/nb/today"))
    assert somebody == nobody
    assert "Guro Lillevik" not in somebody


def test_a_compressed_shell_is_the_same_shell(client: PageClient) -> None:
    compressed = client.get("/nn/", headers={"Accept-Encoding": "br"})
    assert compressed.content_encoding == "br"
    assert html_of(compressed) == html_of(client.get("/nn/"))


def test_a_shell_sets_no_cookie(client: PageClient) -> None:
    assert "Set-Cookie" not in client.get("/nn/today").headers


def test_a_shell_names_its_build(client: PageClient, house: House) -> None:
    response = client.get("/nb/")
    assert response.headers["X-Ledvei-Build"] == house.settings.build
    assert f'data-build="{house.settings.build}"' in html_of(response)


def texts_in(client: PageClient, address: str) -> dict[str, object]:
    html = html_of(client.get(address))
    messages = re.search(r'<script type="application/json" id="messages">(.*?)</script>', html, re.DOTALL)
    assert messages
    return dict(json.loads(messages[1]))


def test_a_shell_and_its_views_hold_every_text_that_the_scripts_say(client: PageClient) -> None:
    first, more = texts_in(client, "/nn/"), texts_in(client, asset_url("views/nn"))
    assert {**first, **more} == catalogue_for_scripts("nn")
    assert len(first) > 20
    assert first.keys().isdisjoint(more)


def test_the_views_are_the_same_for_somebody_and_for_nobody(app: Flask, client: PageClient) -> None:
    nobody = html_of(client.get(asset_url("views/nb")))
    app.extensions["ledvei_shells"].clear()
    sign_in(client, a_person(service=a_service(), name="Guro Lillevik"))
    assert html_of(client.get(asset_url("views/nb"))) == nobody


def test_the_views_belong_to_one_build_and_are_kept_for_ever(client: PageClient) -> None:
    assert client.get(asset_url("views/nb")).cache_control.immutable
    assert client.get("/static/000000000000/views/nb").status_code == 404


def test_a_language_we_do_not_have_is_not_found(client: PageClient) -> None:
    assert client.get("/en/today").status_code == 404


def worker_of(client: PageClient) -> str:
    return html_of(client.get("/sw.js"))


def files_of(worker: str) -> list[str]:
    files = re.search(r"^const FILES = (\[.*\])$", worker, re.MULTILINE)
    assert files
    return list(json.loads(files[1]))


def test_the_worker_is_a_script_that_may_answer_for_the_whole_site(client: PageClient) -> None:
    response = client.get("/sw.js")
    assert response.mimetype == "text/javascript"
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert response.headers["Cache-Control"] == "no-store"


def test_everything_the_worker_imports_and_keeps_is_there(client: PageClient, house: House) -> None:
    worker = worker_of(client)
    imports = re.findall(r'from "([^"]+)"', worker)
    assert len(imports) == 1
    for address in [*imports, *files_of(worker)]:
        assert client.get(address).status_code == 200, address
        assert not address.startswith("/static/") or address.startswith(f"/static/{house.settings.build}/")


def test_the_worker_keeps_both_shells_and_what_they_ask_for(client: PageClient) -> None:
    kept = files_of(worker_of(client))
    html = html_of(client.get("/nn/"))
    for address in re.findall(r'<(?:link rel="stylesheet"|script)[^>]*(?:href|src)="([^"]+)"', html):
        assert address in kept, address
    assert kept[:2] == ["/nb/", "/nn/"]
    assert len(kept) == len(set(kept))


def test_the_worker_keeps_nothing_that_is_not_needed(client: PageClient) -> None:
    for address in files_of(worker_of(client)):
        assert not address.endswith((".d.ts", ".map", ".png")), address


def test_the_worker_keeps_the_manifests_that_the_shells_name(client: PageClient) -> None:
    kept = files_of(worker_of(client))
    for language in LANGUAGES:
        manifest = re.search(r'<link rel="manifest" href="([^"]+)"', html_of(client.get(f"/{language}/")))
        assert manifest
        assert manifest[1] in kept


def test_no_page_with_anything_of_anybody_is_kept(client: PageClient) -> None:
    for address in files_of(worker_of(client)):
        assert re.match(r"/(nb|nn)/$|/manifest\.webmanifest\?lang=n[bn]$|/static/", address), address


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_manifest_installs_one_app_that_starts_in_the_language(client: PageClient, language: str) -> None:
    response = client.get(f"/manifest.webmanifest?lang={language}")
    manifest = response.get_json(force=True)
    assert response.mimetype == "application/manifest+json"
    assert (manifest["id"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert manifest["start_url"] == f"/{language}/today"
    assert manifest["lang"] == language


def test_the_manifest_in_an_unknown_language_is_in_bokmal(client: PageClient) -> None:
    assert client.get("/manifest.webmanifest?lang=fr").get_json(force=True)["lang"] == "nb"


def test_the_icons_are_there_in_the_sizes_they_say(client: PageClient) -> None:
    for icon in client.get("/manifest.webmanifest").get_json(force=True)["icons"]:
        data = client.get(icon["src"]).get_data()
        width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))  # PNG, IHDR
        assert f"{width}x{height}" == icon["sizes"]


def test_the_shortcuts_lead_into_the_app(client: PageClient) -> None:
    for shortcut in client.get("/manifest.webmanifest?lang=nn").get_json(force=True)["shortcuts"]:
        assert shortcut["url"].startswith("/nn/")
