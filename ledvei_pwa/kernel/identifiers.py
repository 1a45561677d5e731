"""Finds what may tell who a Norwegian text is about. Pure.

The twin of static/js/core/identifiers.js; both run tests/shared/identifiers_cases.json. The server
refuses national identity numbers, and nothing else that is found here; the rest is shown to the one who
writes, on her own device, while she writes.

National identity numbers are eleven digits: day, month, year, three of a series, and two check digits
(Skatteetaten, "Nytt fødselsnummer fra 2032"). D numbers add 40 to the day; synthetic ones for tests add
40, 65 or 80 to the month and are found too. From 2032 the first check digit may leave a remainder of 1, 2
or 3 as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ledvei_pwa.kernel.first_names import FIRST_NAMES

Kind = Literal["identity", "email", "case", "address", "phone", "name"]
Span = tuple[int, int]

# Neutral words by kind, the first is the one to suggest. "out" is to take it away; the words are the page's.
INSTEAD: Final[dict[Kind, tuple[str, ...]]] = {
    "identity": ("out", "child"),
    "email": ("out",),
    "case": ("case", "out"),
    "address": ("home", "out"),
    "phone": ("out",),
    "name": ("mother", "father", "girl", "boy", "child", "colleague"),
}


@dataclass(frozen=True)
class Finding:
    """A place in a text, in code points (the JS twin counts UTF-16 units); `end` is the first after it."""

    kind: Kind
    start: int
    end: int

    @property
    def instead(self) -> tuple[str, ...]:
        """Names of the neutral words that could stand there."""
        return INSTEAD[self.kind]


# The patterns are written so that Python and JavaScript read them alike: no \w, \d, \s or \b. Every
# repetition has an end, so that 20,000 letters without a space cost no more than others.
_SPACE: Final = r"[ \u00a0\u2009\u202f]"
_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_CAPITAL: Final = "[A-ZÀ-ÖØ-ÞČĐŊŠŽ]"

# People write them in one piece, or with a space, a full stop, a hyphen or a slash between the parts. Looked
# ahead for, so that digits before it hide nothing.
WRITTEN: Final = re.compile(
    rf"(?<![0-9])(?=([0-9]{{2}})(?:{_SPACE}|[./-])?([0-9]{{2}})(?:{_SPACE}|[./-])?([0-9]{{2}})"
    rf"(?:{_SPACE}?[.–-]?{_SPACE}?)([0-9]{{3}}){_SPACE}?([0-9]{{2}})(?![0-9]))"
)
FIRST_WEIGHTS: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)

_EMAIL: Final = re.compile(
    rf"(?<![{_LETTER}0-9_.+%-])[{_LETTER}0-9_.+%-]{{1,64}}@[{_LETTER}0-9-]{{1,63}}(?:\.[{_LETTER}0-9-]{{1,63}}){{1,5}}"
)

# With its word: saksnr. 25/04567. As archives write it: 2024/1234, 24/00123-5. As courts do:
# 23-045678TVI-TOSL/04.
_CASE_NAMED: Final = re.compile(
    rf"(?<![{_LETTER}0-9])(?:[Ss]aks(?:nr|nummer)\.?:?{_SPACE}?[0-9][0-9/-]{{1,14}}[0-9]"
    rf"|[Ss]ak(?:{_SPACE}nr\.?)?{_SPACE}[0-9]{{2,4}}/[0-9]{{1,7}}(?:-[0-9]{{1,4}})?)(?![0-9])"
)
_CASE: Final = re.compile(
    r"(?<![0-9/.,-])((?:19|20)?[0-3][0-9])/([0-9]{2,7})(-[0-9]{1,4})?(?![0-9/])(?![.,-][0-9])"
)
_CASE_OF_COURT: Final = re.compile(
    r"(?<![0-9-])[0-9]{2}-[0-9]{4,6}[A-ZÆØÅ]{3}(?:-[A-ZÆØÅ]{4})?(?:/[0-9]{1,2})?"
)

_HOUSE: Final = (
    rf"{_SPACE}[0-9]{{1,4}}(?:[A-Za-z]|{_SPACE}[A-H])?(?![{_LETTER}0-9])(?![.:,/][0-9])"
    rf"(?!{_SPACE}?(?:%|(?:km|m|meter|kr|kroner|minutter|timer|timar|dager|dagar|uker|veker"
    rf"|måneder|månader|år|ganger|gonger|barn)(?![{_LETTER}])))"
)
_ADDRESS: Final = re.compile(
    rf"(?<![{_LETTER}0-9])(?:"
    # Nedre Skogvei 3 B, Kirkegata 12
    rf"(?:(?:{_CAPITAL}[{_LETTER}]{{1,4}}re|Gamle|Nye|Store|Lille|Vesle){_SPACE})?"
    rf"(?![Hh]alvvei)[{_LETTER}][{_LETTER}-]{{1,25}}(?:gat[ae]|gaten|veien|vegen|vei|veg)"
    # Lillebakken 4
    rf"|{_CAPITAL}[{_LETTER}-]{{2,25}}(?:bakken|stien|stigen|all[eé]|plassen|plass|tunet|åsen|haugen"
    rf"|kroken|svingen|toppen|ringen|terrasse|jordet|torget|brygga|lia)"
    # Karl Johans gate 22
    rf"|(?!(?:Ved|Fra|Frå|Til|Mot|Bor|Bur|Der|Utenfor|Utanfor){_SPACE})"
    rf"(?:{_CAPITAL}[{_LETTER}'.-]{{1,25}}{_SPACE}){{1,3}}"
    r"(?:gat[ae]|veien|vegen|vei|veg|plass|all[eé]|terrasse|torg|brygge|sti)"
    rf"){_HOUSE}"
)

_NUMBER_GOES_ON: Final = rf"(?![0-9])(?!{_SPACE}[0-9])(?![.,:/-][0-9])"
_PHONE: Final = re.compile(
    # from abroad: the country says how it goes on
    rf"\(?(?:\+|(?<![0-9])00)(?:47\)?(?:{_SPACE}?[0-9]){{8}}|(?:4[568]|[1-35-9][0-9]{{0,2}})\)?(?:{_SPACE}?[0-9]){{7,11}})"
    r"(?![0-9])"
    # within Norway: eight digits, in pairs or as people say them. 20… is a date, 8… a service's.
    rf"|(?<![0-9])(?<![0-9][ \u00a0.,:/+-])(?<![Uu]ke )(?<![Uu]ker )(?<![Vv]eke )(?<![Vv]eker )(?!20)(?:"
    rf"[2-79][0-9]{{7}}|[2-79][0-9](?:{_SPACE}[0-9]{{2}}){{3}}|[49][0-9]{{2}}{_SPACE}[0-9]{{2}}{_SPACE}[0-9]{{3}}"
    rf"|[49][0-9]{{2}}{_SPACE}[0-9]{{3}}{_SPACE}[0-9]{{2}}|[49][0-9]{_SPACE}[0-9]{{3}}{_SPACE}(?!000)[0-9]{{3}}"
    rf"|[49][0-9]{{3}}{_SPACE}[0-9]{{4}}){_NUMBER_GOES_ON}(?!{_SPACE}?(?:kr|mill|%|,-))"
)

_SOUNDS: Final = [
    (re.compile(sound), letters)
    for sound, letters in (
        ("ch?", "k"),
        ("ph", "f"),
        ("th", "t"),
        ("w", "v"),
        ("y", "i"),
        ("z", "s"),
        (r"(.)\1+", r"\1"),
        ("[ae]h?$", "a"),
    )
]
_WORD: Final = re.compile(rf"[{_LETTER}](?:[{_LETTER}'’-]{{0,38}}[{_LETTER}])?")
_BETWEEN: Final = re.compile(rf"{_SPACE}{{1,2}}")
_AFTER_AN_INITIAL: Final = re.compile(rf"\.?{_SPACE}{{1,2}}")
# Hansen, Olsen, Thomassen: whoever stands before such a name is somebody, whatever the first name is.
_SURNAME: Final = re.compile(rf"[{_LETTER}]{{2,}}sen")
_PARTICLES: Final = re.compile(r"van|von|der|af|el|al|bint?|ibn|dos")
# Words with a capital that follow a name where somebody forgot the full stop, or that begin a sentence.
_COMMON: Final = re.compile(
    "jeg|eg|vi|me|hun|ho|han|dei?|det|da|den|der|dette|så|og|men|når|hva|kva|for|mor|far|nav|bup|ppt|ja|nei"
)
_INSTITUTION: Final = re.compile(
    rf"[{_LETTER}-]*(?:vernet|politiet|skolen|skulen|barnehagen|kommunen?|nemnda|kontoret|tjenesten|tenesta|teamet|loven|lova"
    r"|senteret|retten|forvalt[ea]ren|ombudet|bufdir|bufetat|legevakta|institusjonen)s?"
)
_NAMED_AFTER_SOMEBODY: Final = re.compile(
    "gat[ae]|vei|veien|veg|vegen|plass|allé|skole|skule|barnehage|sykehus|sjukehus|hospital|kirke|kyrkje"
    "|universitet|legat|stiftelse"
)


def has_identity_number(text: str) -> bool:
    """Whether a valid national identity number stands somewhere in the text."""
    return next(_identities(text), None) is not None


def is_identity_number(digits: str) -> bool:
    """Eleven digits that are a possible birth date with the right check digits."""
    numbers = [int(digit) for digit in digits]
    return _is_day(int(digits[:2])) and _is_month(int(digits[2:4])) and _checks(numbers)


def find_identifiers(text: str) -> list[Finding]:
    """All that may tell who it is about, in the order of the text. Nothing is found twice."""
    found: list[Finding] = []
    # The surer comes first: an address may hold what looks like a name, a case number like a telephone.
    for kind, spans in _finders(text):
        for start, end in spans:
            if all(end <= other.start or other.end <= start for other in found):
                found.append(Finding(kind, start, end))
    return sorted(found, key=lambda finding: finding.start)


def _finders(text: str) -> Iterator[tuple[Kind, Iterator[Span]]]:
    yield "identity", _identities(text)
    yield "email", _spans(_EMAIL, text)
    yield "case", _spans(_CASE_NAMED, text)
    yield "case", _spans(_CASE_OF_COURT, text)
    yield "case", (found.span() for found in _CASE.finditer(text) if _is_case(*found.groups("")))
    yield "address", _spans(_ADDRESS, text)
    yield "phone", _spans(_PHONE, text)
    yield "name", _names(text)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (found.span() for found in pattern.finditer(text))


def _identities(text: str) -> Iterator[Span]:
    return (
        (found.start(), found.end(5))
        for found in WRITTEN.finditer(text)
        if is_identity_number("".join(found.groups()))
    )


def _is_case(year: str, number: str, part: str) -> bool:
    """24/7, 12/03-2026, 03/2026 and the school year 2024/2025 are none."""
    if len(year) == 4:
        return bool(part) or (len(number) > 2 and int(number) != int(year) + 1)
    return len(number) > 3 and (bool(part) or len(number) > 4 or number[:2] not in ("19", "20"))


def _names(text: str) -> Iterator[Span]:
    words = list(_WORD.finditer(text))
    place = 0
    while place < len(words) - 1:
        last = _last_of_name(text, words, place)
        if last > place and not _is_named_after(text, words, last):
            yield words[place].start(), words[last].end()
        place = max(place, last) + 1


def _last_of_name(text: str, words: list[re.Match[str]], first: int) -> int:
    """Where the name ends that begins with the word at `first`; `first` itself when none does."""
    if not _begins_name(text, words, first):
        return first
    last = place = first
    while place + 1 < len(words) and last < first + 4 and _are_joined(text, words, place):
        place += 1
        word = words[place].group()
        if _may_be_name(word, words[first].group()):
            last = place
        elif not _PARTICLES.fullmatch(word):
            break
    return last


def _begins_name(text: str, words: list[re.Match[str]], first: int) -> bool:
    word = words[first].group()
    if not _is_capitalised(word):
        return False
    if sound_of(word.split("-")[0]) in FIRST_SOUNDS:
        return True
    after = words[first + 1].group() if first + 1 < len(words) else ""
    is_surname = bool(_SURNAME.fullmatch(after)) and _is_capitalised(after)
    return is_surname and len(word) > 1 and _may_be_name(word, word) and _are_joined(text, words, first)


def as_it_sounds(name: str) -> str:
    """Kristine and Christina are one, and so are spellings that nobody has listed."""
    name = name.lower()
    for sound, letters in _SOUNDS:
        name = sound.sub(letters, name)
    return name


def sound_of(name: str) -> int:
    """Seventeen bits of a name as it sounds."""
    bits = 0
    for letter in as_it_sounds(name):
        bits = (bits * 41 + ord(letter)) & 0x1FFFF  # with 41, no common word sounds like a name
    return bits


def _may_be_name(word: str, first: str) -> bool:
    lower = word.lower()
    # NAV and BUP are not somebody's name; KARI NORDMANN is.
    is_short_form = 1 < len(word) < 6 and word == word.upper() and first != first.upper()
    return (
        _is_capitalised(word)
        and not is_short_form
        and not _COMMON.fullmatch(lower)
        and not _INSTITUTION.fullmatch(lower)
    )


def _is_capitalised(word: str) -> bool:
    return word[0] != word[0].lower()


def _are_joined(text: str, words: list[re.Match[str]], place: int) -> bool:
    """Whether only a space stands between this word and the next; after an initial, a full stop too."""
    between = _AFTER_AN_INITIAL if len(words[place].group()) == 1 else _BETWEEN
    return bool(between.fullmatch(text, words[place].end(), words[place + 1].start()))


def _is_named_after(text: str, words: list[re.Match[str]], last: int) -> bool:
    if last + 1 == len(words) or not _are_joined(text, words, last):
        return False
    return bool(_NAMED_AFTER_SOMEBODY.fullmatch(words[last + 1].group()))


def _is_day(day: int) -> bool:
    return 1 <= day <= 31 or 41 <= day <= 71


def _is_month(month: int) -> bool:
    return any(1 <= month - added <= 12 for added in (0, 40, 65, 80))


def _checks(numbers: list[int]) -> bool:
    first = sum(weight * number for weight, number in zip(FIRST_WEIGHTS, numbers, strict=False)) % 11
    second = sum(weight * number for weight, number in zip(SECOND_WEIGHTS, numbers, strict=True)) % 11
    return first in (0, 1, 2, 3) and second == 0


# The device has these instead of the names, which are three times as long. One other word in 250 sounds like
# one of them; it matters only where it has a capital, and another word with a capital after it.
FIRST_SOUNDS: Final = frozenset(map(sound_of, FIRST_NAMES))
