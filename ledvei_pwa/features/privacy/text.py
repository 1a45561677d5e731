"""The text of the page: `content/<language>/pages/privacy.html`, with what the code knows filled in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

CONTENT: Final = Path(__file__).resolve().parents[2] / "content"


@dataclass(frozen=True)
class Text:
    title: str
    summary: str
    html: Markup  # ours, reviewed, never from a user; `%(name)s` where something is to be filled in

    def filled(self, **values: Any) -> Markup:
        """Values are escaped, unless they are markup. Raises `KeyError` when one is missing."""
        return self.html % values


@lru_cache(maxsize=2)
def text_in(language: str) -> Text:
    """Raises `FileNotFoundError`: both languages are complete."""
    written = (CONTENT / language / "pages" / "privacy.html").read_text(encoding="utf-8")
    title, summary, html = written.split("\n", 2)
    return Text(
        title=title.removeprefix("title: "),
        summary=summary.removeprefix("summary: "),
        html=Markup(html),  # noqa: S704  # a file of the app
    )
