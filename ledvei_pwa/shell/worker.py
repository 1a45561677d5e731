"""The worker as it is served at /sw.js: static/sw.js, pointed at one build and told what to keep."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from ledvei_pwa.platform.i18n import LANGUAGES
from ledvei_pwa.shell.modules import modules_from

LOOK: Final = ("vendor/look.css", "vendor/icons.svg", "icons/icon.svg")
RELATIVE_IMPORT: Final = re.compile(r'(\bfrom ")\./')
PLACES: Final = {
    "const BUILD": re.compile(r'^const BUILD = "development"$', re.MULTILINE),
    "const FILES": re.compile(r"^const FILES = \[\]$", re.MULTILINE),
}


def files_to_keep(static: Path, build: str) -> list[str]:
    """Everything the app needs without a network, and nothing else: addresses, the shells first."""
    shells = [f"/{language}/" for language in LANGUAGES]
    files = [*LOOK, *modules_from(static, "js/app.js")]
    return [*shells, *(f"/static/{build}/{path}" for path in files)]


def worker_source(static: Path, build: str) -> str:
    """The worker's text. A new build is a new text, which is how browsers notice that there is one."""
    source = (static / "sw.js").read_text(encoding="utf-8")
    source = RELATIVE_IMPORT.sub(rf"\g<1>/static/{build}/", source)
    values = {"const BUILD": build, "const FILES": files_to_keep(static, build)}
    for name, place in PLACES.items():
        source, found = place.subn(f"{name} = {json.dumps(values[name])}", source)
        if found != 1:
            raise RuntimeError(f"static/sw.js must say `{name} = …` once, found {found} times")
    return source
