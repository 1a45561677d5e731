"""Passwords that are tried first are not taken. The lists lie here: nobody outside is asked (ASVS V6.2.12).

- `content/passwords/breached.txt.gz`: the 43,940 of twelve characters and more among the million passwords
  that were found most often in breaches (SecLists, 10-million-password-list-top-1000000; see NOTICE).
- `content/passwords/words.txt`: what people put passwords together from, in both languages and English; ours.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from ledvei_pwa.kernel.easy_passwords import SHORTEST_WORD, is_easy, words_of
from ledvei_pwa.platform.passwords import tidy_password

LISTS: Final = Path(__file__).resolve().parents[1] / "content" / "passwords"
OURS: Final = ("Ledvei",)


def is_tried_first(password: str, *about: str) -> bool:
    """`about`: the person's name and e-mail address, the service's name, and whatever others know."""
    text = tidy_password(password)
    rest = text.casefold()
    for known in about:
        if len(known) >= SHORTEST_WORD:
            rest = rest.replace(known.casefold(), " ")
    return is_breached(text) or is_easy(rest, common_words() | words_of(*OURS, *about))


def is_breached(password: str) -> bool:
    """In capitals or not, and with spaces between or not."""
    lower = password.lower()
    return any(f"\n{one}\n" in breached() for one in {lower, "".join(lower.split())} if "\n" not in one)


@cache
def breached() -> str:
    """One on each line: held as one text it takes 640 kB, and is searched in well below a millisecond."""
    return "\n" + gzip.decompress((LISTS / "breached.txt.gz").read_bytes()).decode("ascii")


@cache
def common_words() -> frozenset[str]:
    return frozenset((LISTS / "words.txt").read_text(encoding="utf-8").split())
