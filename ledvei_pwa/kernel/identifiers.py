"""Finds what must not be written here: national identity numbers. Pure.

Eleven digits: day, month, year, three of a series, and two check digits (Skatteetaten, "Fødselsnummer"). D
numbers add 40 to the day; synthetic ones for tests add 40, 65 or 80 to the month and are found too. From 2032
the first check digit may leave a remainder of 1, 2 or 3 as well.
"""

from __future__ import annotations

import re
from typing import Final

# People write them in one piece, or with a space, a full stop or a hyphen between the parts.
WRITTEN: Final = re.compile(
    r"(?<![0-9])([0-9]{2})[ .]?([0-9]{2})[ .]?([0-9]{2})[ .-]?([0-9]{3}) ?([0-9]{2})(?![0-9])"
)
FIRST_WEIGHTS: Final = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS: Final = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def has_identity_number(text: str) -> bool:
    """Whether a valid national identity number stands somewhere in the text."""
    return any(is_identity_number("".join(found.groups())) for found in WRITTEN.finditer(text))


def is_identity_number(digits: str) -> bool:
    """Eleven digits that are a possible birth date with the right check digits."""
    numbers = [int(digit) for digit in digits]
    return _is_day(int(digits[:2])) and _is_month(int(digits[2:4])) and _checks(numbers)


def _is_day(day: int) -> bool:
    return 1 <= day <= 31 or 41 <= day <= 71


def _is_month(month: int) -> bool:
    return any(1 <= month - added <= 12 for added in (0, 40, 65, 80))


def _checks(numbers: list[int]) -> bool:
    first = sum(weight * number for weight, number in zip(FIRST_WEIGHTS, numbers, strict=False)) % 11
    second = sum(weight * number for weight, number in zip(SECOND_WEIGHTS, numbers, strict=True)) % 11
    return first in (0, 1, 2, 3) and second == 0
