"""The log as a file for a spreadsheet: comma-separated values (RFC 4180) that run nothing when opened."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from ledvei_pwa.features.log.words import Told
from ledvei_pwa.platform.i18n import gettext as _
from ledvei_pwa.platform.i18n import in_oslo

# A cell that begins with one of these is a formula to a spreadsheet (OWASP, "CSV Injection").
BEGINS_A_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel reads æ, ø and å as something else


def rows_of(lines: Iterable[Told]) -> Iterator[str]:
    """The file, a piece at a time."""
    heads = (_("Line"), _("When"), _("Who"), _("What"), _("About whom"), _("More"), _("Checksum"))
    yield BYTE_ORDER_MARK + _row(heads)
    for line in lines:
        moment = f"{in_oslo(line.at):%Y-%m-%d %H:%M:%S}"
        yield _row((str(line.number), moment, line.who, line.what, line.whom, line.details, line.hash))


def as_words(cell: str) -> str:
    """What a spreadsheet shows and never works out."""
    begins = cell.lstrip(" \u00a0\u200b\u2060\ufeff")
    return f"'{cell}" if begins.startswith(BEGINS_A_FORMULA) else cell


def _row(cells: Iterable[str]) -> str:
    """With semicolons: a Norwegian Excel takes the comma for a decimal sign."""
    text = StringIO()
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerow([as_words(cell) for cell in cells])
    return text.getvalue()
