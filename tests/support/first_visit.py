"""A first visit as it comes over the line: what one waits for, and what follows once the page has loaded."""

from __future__ import annotations

from dataclasses import replace

from ledvei_pwa.platform.assets import STATIC
from ledvei_pwa.platform.i18n import LANGUAGES
from ledvei_pwa.shell.modules import scripts_of
from ledvei_pwa.shell.worker import files_to_keep
from tests.support.counting_proxy import Line
from tests.support.engines import Engine

SPOKEN = 3  # files for each language
COUNT_KEPT = """return caches.keys()
  .then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
  .then((kept) => kept.flat().length)"""


def until_usable(line: Line) -> Line:
    """From the sign-in page to the first step of the welcome. The rest begins after that page's `load`."""
    later = tuple(scripts_of(STATIC, "js/app.js").later)
    exchanges = []
    for exchange in line.exchanges:
        if exchange.path == "/sw.js" or exchange.path.endswith(later):
            break
        exchanges.append(exchange)
    return replace(line, exchanges=exchanges)


def is_kept(engine: Engine) -> bool:
    """Whether the worker has all in its cache, and of what speaks a language only that of the visit."""
    every = len(files_to_keep(STATIC, "")) - SPOKEN * (len(LANGUAGES) - 1)
    return int(engine.run(COUNT_KEPT)) >= every > len(LANGUAGES)
