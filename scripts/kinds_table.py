"""Write docs/kinds.md: each kind of text and its fields. `--check` says whether it is as it stands.

python scripts/kinds_table.py [--check]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from wtforms import BooleanField, Field, IntegerField

from ledvei_pwa import create_app
from ledvei_pwa.kernel.access import Relation
from ledvei_pwa.platform.key_files import ensure_keys
from ledvei_pwa.platform.registry import EntryKind, Kept, Scope, house
from ledvei_pwa.platform.written import Choices, IsoDate, MostCharacters, RefersTo, WholeNumber
from ledvei_pwa.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "kinds.md"
NAMES = {
    Relation.AUTHOR: "anybody, for themselves",
    Relation.SUPERVISOR: "the supervisor",
    Relation.MEMBER: "a participant",
    Relation.OWNER: "who is to do it",
}
SCOPES = {
    Scope.SESSION: "Belongs to a session: `scope` names it when the text is begun.",
    Scope.NONE: "Belongs to nothing while it is private; when it is shared, `scope` names the series.",
}
KEPT = {
    Kept.WINDOW: "Stays on devices for the service's number of weeks.",
    Kept.OPEN: "Stays on devices for as long as it is open, and then the service's number of weeks.",
    Kept.ALWAYS: "Stays on devices always.",
}
INTRODUCTION = """# Kinds of text and their fields

Made from the forms by `scripts/kinds_table.py`; do not edit. What an operation may set, for whoever writes
another client; how it is sent stands in [sync-protocol.md](sync-protocol.md), who reads it in
[access.md](access.md).

- Nothing is converted: `"5"` is not `5`. Text is Unicode without NUL, counted in code points. A day is
  `"YYYY-MM-DD"`, from 1900 to 2199.
- A field is emptied with `""` where it holds text, a day or an id, with null where it holds a number, and
  with either where it is one of some values. One that is true or false, or *never empty*, cannot be.
- The author sets any field; the last column says who else does. What is begun without an `audience` is
  private, unless its kind has one that is always the same.
- Text with a national identity number in it is refused.
"""


def as_page(kinds: Iterable[EntryKind]) -> str:
    return "\n".join([INTRODUCTION, *(part_of(kind) for kind in sorted(kinds, key=lambda kind: kind.name))])


def part_of(kind: EntryKind) -> str:
    begun = "Begun by " + " or ".join(sorted(NAMES[relation] for relation in kind.may_create)) + "."
    read = f"Its audience is always `{kind.audience}`." if kind.audience else ""
    about = " ".join(filter(None, [begun, SCOPES[kind.scope], read, KEPT[kind.kept]]))
    lines = ["| field | what it holds | set also by |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {content_of(field)} | {others_of(kind, name)} |"
        for name, field in kind.form()._fields.items()
    ]
    return "\n".join([f"## {kind.name}\n", about, "", *lines, ""])


def content_of(field: Field) -> str:
    never_empty = ", never empty" if field.flags.required else ""
    if isinstance(field, Choices):
        values = (json.dumps(value) for value in field.values if value is not None)
        return f"one of {', '.join(f'`{value}`' for value in values)}{never_empty}"
    if isinstance(field, BooleanField):
        return "true or false"
    limits = [limit_of(validator) for validator in field.validators]
    kind = "a whole number" if isinstance(field, IntegerField) else "text"
    return next(filter(None, limits), kind) + never_empty


def limit_of(validator: object) -> str:
    match validator:
        case MostCharacters():
            return f"text, at most {validator.most} characters"
        case WholeNumber():
            return f"a whole number, {validator.least} to {validator.most}"
        case IsoDate():
            return "a day"
        case RefersTo():
            return f"the id of {'an' if validator.what[0] in 'aeiou' else 'a'} {validator.what}"
    return ""


def others_of(kind: EntryKind, name: str) -> str:
    return " or ".join(sorted(NAMES[relation] for relation in kind.writers.get(name, ())))


def kinds_of_a_house() -> list[EntryKind]:
    with tempfile.TemporaryDirectory() as folder:
        ensure_keys(Path(folder) / "keys")
        app = create_app(Settings(Path(folder), "sqlite://", "http://localhost"))
        with app.app_context():
            return list(house().entry_kinds.values())


def main() -> None:
    page = as_page(kinds_of_a_house())
    if "--check" in sys.argv:
        raise SystemExit(PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
