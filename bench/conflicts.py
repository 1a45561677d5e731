"""One document edited on two sides, twice: which edits are still there when nobody has put anything right?

The two rounds of "should handle conflicts" in Community Health Toolkit's ongoing-replication.wdio-spec.js:
the phone, off-line, edits twice and the other side once; they sync; the phone edits once and the other side
twice; they sync. There with different fields, and here with the same field on both sides as well.

PouchDB as Toolkit has it: the other side writes to the server, the phone fetches what won. That run must come
out as Toolkit's own test says. The losers stay in the revision tree: an app could look for them there, and
Toolkit leaves them to an administrator. Ours: the phone and a tablet of the same person.

What is counted are the edits that nothing newer of the same side replaces: two a round. An edit survives a
round when the phone shows it afterwards, in the text or beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench._peers import Helper, couchdb_server, helper, install, version_of
from bench._report import Figure, report
from bench._service import service_served
from bench._shaped_line import shaped_line
from bench._texts import texts

DOCUMENTS = 25
EDITS = DOCUMENTS * 2 * 2  # two rounds, two sides
VARIANTS = {"different fields": "reactions", "the same field": "happened"}
HERE = "happened"  # the field that the phone edits; VARIANTS says that of the other side
SEED = 7

Shown = list[dict[str, Any]]
Write = Callable[[str, str], None]  # a field, and what each document shall say there


@dataclass
class Survived:
    """Of `EDITS`. `hidden`: documents that have a loser in their tree, for an administrator to find."""

    in_the_text: int = 0
    beside: int = 0
    hidden: int = 0

    @property
    def shown(self) -> int:
        return self.in_the_text + self.beside

    def look(self, documents: Shown, edits: dict[str, str]) -> None:
        """After a round. `edits`: each side's last one, by the word at its end, and the field it is in."""
        for document in documents:
            for word, field in edits.items():
                if says(document["stands"].get(field), word):
                    self.in_the_text += 1
                elif any(says(value, word) for value in document["beside"]):
                    self.beside += 1
        self.hidden = sum(1 for document in documents if document["hidden"])


def says(value: object, word: str) -> bool:
    return isinstance(value, str) and value.endswith(word)


def main() -> None:
    install()
    figures: list[Figure] = []
    for variant, there in VARIANTS.items():
        figures += of_variant(variant, ours(there), theirs(there))
    report("conflicts", figures)


def ours(there: str) -> Survived:
    survived = Survived()
    with (
        service_served() as service,
        shaped_line(service.port) as line,
        helper("ledvei_device.mjs") as phone,
        helper("ledvei_device.mjs") as tablet,
    ):
        cookie = service.somebody_signed_in()
        for device in (phone, tablet):
            device.ask("open", address=line.address, cookie=cookie)
        ids = begin(phone)
        phone.ask("sync")

        def write_there(field: str, word: str) -> None:
            tablet.ask("sync")
            tablet.ask("change", changes=ending(ids, field, word))
            tablet.ask("sync")

        two_rounds(phone, write_there, lambda: phone.ask("sync"), ids, there, survived)
    return survived


def theirs(there: str) -> Survived:
    survived = Survived()
    with couchdb_server() as port, shaped_line(port) as line, helper("pouchdb_device.mjs") as phone:
        phone.ask("open", address=line.address)
        ids = begin(phone)
        phone.ask("sync_winners")

        def write_there(field: str, word: str) -> None:
            phone.ask("change_there", changes=ending(ids, field, word))

        two_rounds(phone, write_there, lambda: phone.ask("sync_winners"), ids, there, survived)
        if there != HERE:
            refuse_other_than_toolkit(phone, ids, there)
    return survived


def begin(phone: Helper) -> list[str]:
    documents = texts(SEED).debriefs(DOCUMENTS)
    phone.ask("write", documents=documents)
    return [str(document["id"]) for document in documents]


def two_rounds(
    phone: Helper,
    write_there: Write,
    sync: Callable[[], object],
    ids: list[str],
    there: str,
    survived: Survived,
) -> None:
    def write_here(word: str) -> None:
        phone.ask("change", changes=ending(ids, HERE, word))

    write_here("phone 1")
    write_here("phone 2")
    write_there(there, "other side 1")
    sync()
    survived.look(read(phone, ids), {"phone 2": HERE, "other side 1": there})
    write_here("phone 3")
    write_there(there, "other side 2")
    write_there(there, "other side 3")
    sync()
    survived.look(read(phone, ids), {"phone 3": HERE, "other side 3": there})


def ending(ids: list[str], field: str, word: str) -> list[dict[str, Any]]:
    return [{"id": id_, "fields": {field: f"{number} {word}"}} for number, id_ in enumerate(ids)]


def read(phone: Helper, ids: list[str]) -> Shown:
    return list(phone.ask("read", ids=ids, field=HERE)["documents"])


def refuse_other_than_toolkit(phone: Helper, ids: list[str], there: str) -> None:
    """Its test ends with: one conflict, the phone's second edit, the server's third."""
    for document in read(phone, ids):
        told = (
            len(document["hidden"]) == 1,
            says(document["stands"][HERE], "phone 2"),
            says(document["stands"][there], "other side 3"),
        )
        if not all(told):
            raise SystemExit(f"This is not what Toolkit's test describes: {document}")


def of_variant(variant: str, own: Survived, other: Survived) -> list[Figure]:
    peer = f"PouchDB {version_of('pouchdb-browser')}, express-pouchdb {version_of('express-pouchdb')}"
    name, kept = f"{variant}: edits that survive", own.shown == EDITS
    of_all, left = f"of {EDITS}", f"of {DOCUMENTS}"
    return [
        Figure(name, own.shown, of_all, f"{EDITS}", kept, f"{peer}: {other.shown}"),
        Figure("  in the text itself", own.in_the_text, of_all, peer=f"PouchDB {other.in_the_text}"),
        Figure("  shown beside it to the author", own.beside, of_all, peer=f"PouchDB {other.beside}"),
        Figure("  documents left to an administrator", own.hidden, left, peer=f"PouchDB {other.hidden}"),
    ]


if __name__ == "__main__":
    main()
