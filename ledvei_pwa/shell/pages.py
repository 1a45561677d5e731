"""/nb/…, /nn/… and their views, /sw.js and /manifest.webmanifest: the same bytes for everybody."""

from __future__ import annotations

import json

import brotli
from flask import Blueprint, Response, abort, current_app, request

from ledvei_pwa.platform import assets
from ledvei_pwa.platform.i18n import DEFAULT, as_language, catalogue_for_scripts, speaking
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import data_free, public
from ledvei_pwa.shell.manifest import manifest_in
from ledvei_pwa.shell.modules import scripts_of, sources_now
from ledvei_pwa.shell.worker import worker_source

shell = Blueprint("shell", __name__)


@shell.get("/<any(nb, nn):language>/")
@shell.get("/<any(nb, nn):language>/<path:view>")
@data_free
def show(language: str, view: str = "") -> Response:  # noqa: ARG001 – which view is the script's matter
    """The shell, the same for every view."""
    response = kept_answer("shell.html", language)
    # The worker keeps the shell only when it belongs to the worker's own build.
    response.headers["X-Ledvei-Build"] = house().settings.build
    return response


@shell.get("/static/<build>/views/<any(nb, nn):language>")
@data_free
def views(build: str, language: str) -> Response:
    """What the views are made of. Like a static file it belongs to one build, and is kept for ever."""
    if build != house().settings.build:
        abort(404)
    response = kept_answer("views.html", language)
    response.headers["Cache-Control"] = assets.FOR_EVER
    return response


@shell.get("/sw.js")
@data_free
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


def kept_answer(template: str, language: str) -> Response:
    """The page as it is for everybody, compressed for a browser that can read that."""
    response = Response(rendered(template, language), mimetype="text/html")
    response.content_language.add(language)
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.best_match(["br"]):
        response.set_data(compressed(template, language))
        response.content_encoding = "br"
    return response


def rendered(template: str, language: str) -> str:
    """Rendered once in a process, so it cannot hold anything of whoever asks."""
    kept: dict[tuple[str, str], str] = current_app.extensions.setdefault("ledvei_shells", {})
    if (template, language) not in kept:
        kept[template, language] = render(template, language)
    return kept[template, language]


def compressed(template: str, language: str) -> bytes:
    """As small as it gets: that takes a third of a second, so it is done once in a process."""
    kept: dict[tuple[str, str], bytes] = current_app.extensions.setdefault("ledvei_compressed_shells", {})
    if (template, language) not in kept:
        content = rendered(template, language).encode()
        kept[template, language] = brotli.compress(content, mode=brotli.MODE_TEXT, quality=11)
    return kept[template, language]


def render(template: str, language: str) -> str:
    """What a first visit waits for is in the shell, the rest in the views: templates and scripts' texts."""
    here = house()
    entry, *imported = scripts_of(assets.STATIC, "js/app.js").now
    first = catalogue_for_scripts(language, sources_now(assets.STATIC, "js/app.js"))
    every = catalogue_for_scripts(language)
    with speaking(language):
        # Not Flask's `render_template`, which knows who is signed in.
        return current_app.jinja_env.get_template(template).render(
            build=here.settings.build,
            first_texts=first,
            more_texts={message: every[message] for message in every if message not in first},
            forms={name: kind.form() for name, kind in here.entry_kinds.items()},
            entry=entry,
            modules=imported,
        )
