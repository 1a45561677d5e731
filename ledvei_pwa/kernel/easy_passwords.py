"""How little there is to guess in a password, after all that is tried first has been taken out.

Programs that guess try lists of words with numbers and signs around them, twice, in capitals, or with 3 for
e. So a word of the list weighs as much as two letters that belong to no word, however long it is, and is
counted once; so do numbers that stand together. Signs and spaces weigh nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

ENOUGH: Final = 8  # what four words weigh: with 500 in the list these have 6 · 10^10 orders
SHORTEST_WORD: Final = 3
LOOKED_AT: Final = 100  # signs; what is easy to guess is shorter
_LOOK_ALIKES: Final = str.maketrans("013457@$!|+", "oieastasiit")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_NUMBERS: Final = re.compile(r"\d+")
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED: Final = re.compile(r"(.{1,20}?)\1+")


def is_easy(password: str, words: Collection[str]) -> bool:
    """Whether nearly all of it is among `words`, lower-case and of three letters at least, or repeats."""
    longest = max(map(len, words), default=0)
    return min(_weight(one, words, longest) for one in _ways_to_read(password[:LOOKED_AT])) < ENOUGH


def words_of(*texts: str) -> set[str]:
    """The words of a name, an e-mail address or the like, as `is_easy` takes them."""
    found = (word for text in texts for word in _LETTERS.findall(text.casefold()))
    return {word for word in found if len(word) >= SHORTEST_WORD}


def _ways_to_read(password: str) -> Iterator[str]:
    """As it is, without what is repeated, and with numbers and signs for the letters that they look like."""
    text = _BETWEEN_NUMBERS.sub("", unicodedata.normalize("NFKC", password).casefold())
    yield text
    yield _REPEATED.sub(r"\1", text)
    around = "0" if any(_NUMBERS.search(outside) for outside in _AROUND.findall(text)) else ""
    yield f"{around} {_AROUND.sub('', text).translate(_LOOK_ALIKES)}"


def _weight(text: str, words: Collection[str], longest: int) -> int:
    known: set[str] = set()
    letters = sum(_cut(run, words, longest, known) for run in _LETTERS.findall(text))
    return 2 * len(known) + 2 * len(_NUMBERS.findall(text)) + letters


def _cut(run: str, words: Collection[str], longest: int, known: set[str]) -> int:
    """Put the words that a run of letters holds into `known`; answers how many letters belong to none."""
    start = letters = 0
    while start < len(run):
        ends = range(min(len(run), start + longest), start + SHORTEST_WORD - 1, -1)
        end = next((end for end in ends if run[start:end] in words), 0)
        if end:
            known.add(run[start:end])
        else:
            letters += 1
        start = end or start + 1
    return letters
