"""The page of kinds and fields, for whoever writes another client, says what the server takes."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from ledvei_pwa.platform.registry import EntryKind, House
from ledvei_pwa.platform.written import field_problems

ROOT = Path(__file__).resolve().parents[2]
EMPTY: dict[str, tuple[Any, ...]] = {
    "text": ("",),
    "a day": ("",),
    "the id": ("",),
    "a whole": (None,),
    "one of": ("", None),
}

pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def script() -> Any:
    found = spec_from_file_location("kinds_table", ROOT / "scripts" / "kinds_table.py")
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_is_as_the_forms_are(house: House, script: Any) -> None:
    """`python scripts/kinds_table.py` writes it."""
    page = (ROOT / "docs" / "kinds.md").read_text(encoding="utf-8")
    assert page == script.as_page(house.entry_kinds.values())


def test_what_the_page_says_of_empty_fields_is_so(house: House, script: Any) -> None:
    for kind in house.entry_kinds.values():
        for name, field in kind.form()._fields.items():
            said = script.content_of(field)
            taken = {value for value in ("", None) if not problems(kind, name, value)}
            beginning = next((each for each in EMPTY if said.startswith(each)), None)
            expected = EMPTY[beginning] if beginning and "never empty" not in said else ()
            assert taken == set(expected), f"{kind.name}.{name}: {said}"


def problems(kind: EntryKind, name: str, value: Any) -> dict[str, str]:
    return field_problems(kind.form, {name: value})
