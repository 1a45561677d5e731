"""/nb/…, /nn/…, /sw.js and /manifest.webmanifest: the same bytes for everybody."""

from __future__ import annotations

import json

import brotli
from flask import Blueprint, Response, current_app, render_template, request

from ledvei_pwa.platform import assets
from ledvei_pwa.platform.i18n import DEFAULT, as_language, catalogue_for_scripts, speaking
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import public
from ledvei_pwa.shell.manifest import manifest_in
from ledvei_pwa.shell.modules import scripts_of
from ledvei_pwa.shell.worker import worker_source

shell = Blueprint("shell", __name__)


@shell.get("/<any(nb, nn):language>/")
@shell.get("/<any(nb, nn):language>/<path:view>")
@public
def show(language: str, view: str = "") -> Response:  # noqa: ARG001 – which view is the script's matter
    """The shell, the same for every view."""
    response = Response(rendered_shell(language), mimetype="text/html")
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.best_match(["br"]):
        response.set_data(compressed_shell(language))
        response.content_encoding = "br"
    # The worker keeps the shell only when it belongs to the worker's own build.
    response.headers["X-Ledvei-Build"] = house().settings.build
    return response


@shell.get("/sw.js")
@public
def worker() -> Response:
    response = Response(kept_worker(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@shell.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    language = as_language(request.args.get("lang")) or DEFAULT
    with speaking(language):
        content = manifest_in(language, assets.asset_url(""))
    return Response(json.dumps(content, ensure_ascii=False), mimetype="application/manifest+json")


def kept_worker() -> str:
    """Made once in a process: it reads every script."""
    kept: dict[str, str] = current_app.extensions.setdefault("ledvei_worker", {})
    if "source" not in kept:
        kept["source"] = worker_source(assets.STATIC, house().settings.build)
    return kept["source"]


def rendered_shell(language: str) -> str:
    """Rendered once in a process, so it cannot hold anything of whoever asks."""
    kept: dict[str, str] = current_app.extensions.setdefault("ledvei_shells", {})
    if language not in kept:
        kept[language] = render_shell(language)
    return kept[language]


def compressed_shell(language: str) -> bytes:
    """As small as it gets: that takes a third of a second, so it is done once in a process."""
    kept: dict[str, bytes] = current_app.extensions.setdefault("ledvei_compressed_shells", {})
    if language not in kept:
        kept[language] = brotli.compress(rendered_shell(language).encode(), mode=brotli.MODE_TEXT, quality=11)
    return kept[language]


def render_shell(language: str) -> str:
    here = house()
    entry, *imported = scripts_of(assets.STATIC, "js/app.js").now
    with speaking(language):
        return render_template(
            "shell.html",
            build=here.settings.build,
            catalogue=catalogue_for_scripts(language),
            forms={name: kind.form() for name, kind in here.entry_kinds.items()},
            entry=entry,
            modules=imported,
        )
