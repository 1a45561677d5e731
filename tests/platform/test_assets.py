"""Static files: one immutable address for each version, compressed once, for nobody else's pages."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from flask import Flask

from ledvei_pwa import create_app
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import assets
from ledvei_pwa.settings import Settings
from tests.support.page_client import PageClient
from tests.support.people import a_person, sign_in

pytestmark = pytest.mark.one_database
TEXT = b"body { margin: 0 } " * 100


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "css").mkdir(parents=True)
    (folder / "css" / "a.css").write_bytes(TEXT)
    (folder / "small.js").write_bytes(b"1")
    (folder / "a.d.ts").write_bytes(TEXT)
    (folder / "icon.png").write_bytes(TEXT)
    return folder


def test_published_texts_have_compressed_twins(source: Path, tmp_path: Path) -> None:
    published = assets.publish(tmp_path, "abc", source)
    assert brotli.decompress((published / "css/a.css.br").read_bytes()) == TEXT
    assert gzip.decompress((published / "css/a.css.gz").read_bytes()) == TEXT


def test_small_files_and_pictures_are_not_compressed(source: Path, tmp_path: Path) -> None:
    published = assets.publish(tmp_path, "abc", source)
    assert sorted(path.name for path in published.glob("*.*")) == ["icon.png", "small.js"]


def test_publishing_twice_changes_nothing(source: Path, tmp_path: Path) -> None:
    first = assets.publish(tmp_path, "abc", source)
    (source / "small.js").write_bytes(b"2")
    assert assets.publish(tmp_path, "abc", source) == first
    assert (first / "small.js").read_bytes() == b"1"


def test_three_builds_are_kept_for_pages_that_are_open(source: Path, tmp_path: Path) -> None:
    for build in ("aaa", "bbb", "ccc", "ddd"):
        assets.publish(tmp_path, build, source)
    kept = {path.name for path in (tmp_path / "static").iterdir() if path.is_dir()} - {"css"}
    assert "ddd" in kept
    assert len(kept & {"aaa", "bbb", "ccc", "ddd"}) == assets.BUILDS_KEPT


def test_nothing_half_made_is_left_behind(source: Path, tmp_path: Path) -> None:
    assets.publish(tmp_path / "instance", "abc", source)
    assert [path.name for path in (tmp_path / "instance" / "static").iterdir()] == ["abc"]


@pytest.fixture
def published(app: Flask, settings: Settings, tmp_path: Path, source: Path) -> PageClient:
    """A browser at an app whose static files are the published ones."""
    (tmp_path / "keys").symlink_to(settings.keys_path)
    assets.publish(tmp_path, "0abc", source)
    return PageClient(create_app(replace(settings, instance_path=tmp_path, build="0abc")))


def test_a_static_file_may_be_kept_for_ever(published: PageClient) -> None:
    answer = published.get("/static/0abc/css/a.css")
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_brotli_is_preferred(published: PageClient) -> None:
    answer = published.get("/static/0abc/css/a.css", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "br"


def test_other_sites_may_not_use_our_files(published: PageClient) -> None:
    answer = published.get("/static/0abc/css/a.css", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_older_build_is_still_served(published: PageClient, settings: Settings, tmp_path: Path) -> None:
    newer = PageClient(create_app(replace(settings, instance_path=tmp_path, build="0def")))
    assert newer.get("/static/0abc/css/a.css").status_code == 200


@pytest.mark.parametrize("path", ["../settings.py", "%2e%2e/settings.py", "..%2fsettings.py", "css/"])
def test_nothing_outside_the_static_tree_is_served(client: PageClient, settings: Settings, path: str) -> None:
    assert client.get(f"/static/{settings.build}/{path}").status_code == 404


def test_the_address_of_an_asset_holds_the_build(app: Flask, settings: Settings) -> None:
    assert assets.asset_url("css/a.css") == f"/static/{settings.build}/css/a.css"


def test_the_shell_is_compressed(client: PageClient) -> None:
    answer = client.get("/nb/", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert b"<html" in brotli.decompress(answer.data)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("path", ["/devices", "/people?words=a", "/my-sign-in"])
def test_a_page_that_is_about_somebody_is_not_compressed(client: PageClient, path: str) -> None:
    """Length would tell what stands beside what a stranger has put in its address (BREACH)."""
    sign_in(client, a_person(Role.SERVICE_LEADER))
    answer = client.get(path, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
