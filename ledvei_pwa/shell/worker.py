"""The worker as it is served at /sw.js: static/sw.js, pointed at one build and told what to keep."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from ledvei_pwa.platform.i18n import LANGUAGES
from ledvei_pwa.shell.modules import scripts_of

LOOK: Final = ("vendor/look.css", "vendor/icons.svg", "icons/icon.svg")
IMPORT: Final = re.compile(r'\bfrom "\./(js/worker/main\.js)"')
BUILD: Final = re.compile(r'^const BUILD = "development"$', re.MULTILINE)
FILES: Final = re.compile(r"^const FILES = \[\]$", re.MULTILINE)


def files_to_keep(static: Path, build: str) -> list[str]:
    """Everything the app needs without a network, and nothing else: addresses, the shells first."""
    shells = [f"/{language}/" for language in LANGUAGES]
    manifests = [f"/manifest.webmanifest?lang={language}" for language in LANGUAGES]
    scripts = scripts_of(static, "js/app.js")
    views = [f"views/{language}" for language in LANGUAGES]
    files = [*LOOK, *views, *scripts.now, *scripts.later]
    return [*shells, *manifests, *(f"/static/{build}/{path}" for path in files)]


def worker_source(static: Path, build: str) -> str:
    """The worker's text. A new build is a new text, which is how browsers notice that there is one."""
    source = (static / "sw.js").read_text(encoding="utf-8")
    places = {
        IMPORT: f'from "/static/{build}/{scripts_of(static, "js/worker/main.js").now[0]}"',
        BUILD: f"const BUILD = {json.dumps(build)}",
        FILES: f"const FILES = {json.dumps(files_to_keep(static, build))}",
    }
    for place, text in places.items():
        source, found = place.subn(text, source)
        if found != 1:
            raise RuntimeError(f"static/sw.js must have one place for {place.pattern}, found {found}")
    return source
