"""The guides in `content/<language>/<slug>.html`: two lines that name it, then plain HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

CONTENT: Final = Path(__file__).resolve().parents[2] / "content"
# In the order of the list. The slug is part of the address and the same in both languages.
SLUGS: Final = ("five-minutes", "grow", "reflecting-team", "after-something-hard", "who-sees-what")


@dataclass(frozen=True)
class Guide:
    slug: str
    title: str
    summary: str
    html: Markup  # ours, reviewed, never from a user


@lru_cache(maxsize=2)
def guides_in(language: str) -> tuple[Guide, ...]:
    """All guides in one language. Raises `FileNotFoundError`: both languages are complete."""
    return tuple(read_guide(CONTENT / language / f"{slug}.html") for slug in SLUGS)


def read_guide(path: Path) -> Guide:
    title, summary, html = path.read_text(encoding="utf-8").split("\n", 2)
    return Guide(
        slug=path.stem,
        title=title.removeprefix("title: "),
        summary=summary.removeprefix("summary: "),
        html=Markup(html),  # noqa: S704  # a file of the app
    )
