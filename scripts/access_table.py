"""Write docs/access.md from the access matrix (kernel/access.py). `--check` says whether it is as it stands.

python scripts/access_table.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from ledvei_pwa.kernel.access import ENTRIES, THINGS, Deed, Row, Who

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access.md"
LETTERS = {
    Deed.SEE: "",  # whoever reads knows that it exists
    Deed.READ: "r",
    Deed.BEGIN: "b",
    Deed.WRITE: "w",
    Deed.MARK: "m",
    Deed.SHARE: "s",
    Deed.REMOVE: "x",
}
NAMES = {
    Who.AUTHOR: "whose it is",
    Who.SUPERVISOR: "supervisor",
    Who.NEW_SUPERVISOR: "new supervisor",
    Who.FORMER_SUPERVISOR: "former supervisor",
    Who.MEMBER: "participant",
    Who.FORMER_MEMBER: "former participant",
    Who.OWNER: "who is to do it",
    Who.TEAM_LEADER: "team leader",
    Who.SERVICE_LEADER: "service leader",
    Who.ADMINISTRATOR: "administrator",
    Who.EXTERNAL_SUPERVISOR: "external supervisor",
    Who.EXPIRED_SUPERVISOR: "mandate ended",
    Who.COLLEAGUE: "colleague",
    Who.RETURNING: "come back by a link",
    Who.OTHER_SERVICE: "other service",
    Who.NOBODY: "not signed in",
}
INTRODUCTION = """# Who may do what

Made from the access matrix in `ledvei_pwa/kernel/access.py` by `scripts/access_table.py`; do not edit.
`tests/security/test_matrix.py` walks every address, every kind of operation and every feed as each of these
people, with real requests, and compares with this page. A route or a kind of text without a row fails it.

**r** read · **b** begin a new one · **w** change the words, or the thing · **m** mark what is not the
author's words (how a topic went, that an agreement is done) · **s** choose who reads it · **x** remove.
Empty: nothing, not even to learn that it exists.

- Rights to texts come from what somebody is to the text today, never from a role. A leader or an
  administrator who is not the supervisor reads none.
- *Former*: supervised, or took part in, the series once. What they wrote while they did still reaches the
  server, and is theirs alone.
- *Mandate ended*: still named as supervisor of the series, but with no role today that may supervise.
- *Colleague*: anybody else in the service, an external supervisor of other series among them.
- *Come back by a link*: whose it is, by a link that somebody else made for an account that was in use, before
  it opens (ADR 11).
- Another service's things are answered exactly as things that do not exist; two differences that are known,
  to somebody who knows a random id already, stand in `tests/security/test_elsewhere.py`.
"""


def as_page() -> str:
    parts = [
        INTRODUCTION,
        "## What is written\n",
        table_of(ENTRIES),
        "\n## Everything else\n",
        table_of(THINGS),
        "\n## Notes\n",
        notes_of([*ENTRIES.values(), *THINGS.values()]),
    ]
    return "\n".join(parts)


def table_of(rows: Mapping[str, Row]) -> str:
    head = ["", *(NAMES[who] for who in Who)]
    lines = [head, ["---"] * len(head), *(line_of(row) for row in rows.values())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def line_of(row: Row) -> list[str]:
    return [row.text, *("".join(LETTERS[deed] for deed in Deed if row.allows([who], deed)) for who in Who)]


def notes_of(rows: Iterable[Row]) -> str:
    return "\n".join(f"- {row.text}: {row.note}" for row in rows if row.note) + "\n"


def main() -> None:
    if "--check" in sys.argv:
        raise SystemExit(PAGE.read_text(encoding="utf-8") != as_page())
    PAGE.write_text(as_page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
