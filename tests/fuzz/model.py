"""What must be true: who typed what, having seen what, and which operations came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ledvei_pwa.platform.keyring import Keyring
from tests.support.device import from_base64url

TEXT: Final = re.compile(r"t\d+")


@dataclass
class Op:
    """One operation, as its device sealed it, and which phone's disk it lay on."""

    id: str
    person: str
    device: str
    number: int
    kind: str
    entry: str
    base: int
    set: dict[str, Any]
    remove: bool | None
    phone: str
    generation: int
    to: str | None = None  # whom it names as the supervisor who is meant
    saw: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()  # texts that stood there already
    is_readable: bool = True  # its readable copy lies under a vault that opens
    excuse: str = ""  # why nobody may demand it

    @property
    def texts(self) -> dict[str, str]:
        """Field → the text that was typed in it."""
        return {
            name: value
            for name, value in self.set.items()
            if isinstance(value, str) and TEXT.fullmatch(value)
        }


@dataclass
class Intent:
    """Something a person has begun to do: what they typed, and what they had before them."""

    person: str
    phone: str
    texts: frozenset[str]
    entry: str | None = None
    remove: bool | None = None
    saw: frozenset[str] = frozenset()
    is_invalid: bool = False  # the server will never take it
    is_done: bool = False  # the app has said that it is on disk
    is_undone: bool = False  # a removal that was taken back at once, as the app offers it


@dataclass
class Model:
    keyring: Keyring
    ops: dict[str, Op] = field(default_factory=dict)
    intents: dict[int, Intent] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)  # entry → who wrote it first
    dropped: set[str] = field(default_factory=set)  # operations that their person has given up
    _count: int = 0

    def new_text(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def opened(self, id_: str, key: str, sealed: str, phone: str, generation: int) -> Op | None:
        """Learn of an operation that lies on a disk, or passes by. None when it was known."""
        if id_ in self.ops:
            return None
        plain = json.loads(self.keyring.open_sealed(key, from_base64url(sealed)))
        operation = plain["operation"]
        op = Op(
            id=id_,
            person=plain["person"],
            device=plain["device"],
            number=plain["number"],
            kind=operation["kind"],
            entry=operation["entry"],
            base=operation.get("base", 0),
            set=operation.get("set", {}),
            remove=operation.get("remove"),
            phone=phone,
            generation=generation,
            to=operation.get("scope", {}).get("to"),
        )
        seen = self._saw_of(op)
        texts = frozenset(op.texts.values())
        op.saw, op.chosen = seen - texts, seen & texts
        self.ops[id_] = op
        if op.base == 0 and op.kind != "reading" and op.remove is None:
            self.authors.setdefault(op.entry, op.person)
        return op

    def _saw_of(self, op: Op) -> frozenset[str]:
        """What the person saw who wrote it: by its texts, or as the latest removal of the entry there."""
        seen: set[str] = set()
        texts = frozenset(op.texts.values())
        for intent in self.intents.values():
            if intent.person != op.person:
                continue
            if op.remove is not None:
                if intent.remove is op.remove and intent.entry == op.entry and intent.phone == op.phone:
                    seen = set(intent.saw)
            elif texts & intent.texts:
                seen |= intent.saw
        return frozenset(seen)

    def seen_in_the_end(self, texts: Iterable[str]) -> frozenset[str]:
        """Whoever saw a text has seen through it what its writer saw."""
        by_text = self._ops_by_text()
        found: set[str] = set()
        left = list(texts)
        while left:
            text = left.pop()
            if text not in found:
                found.add(text)
                left += [seen for op in by_text.get(text, []) for seen in op.saw]
        return frozenset(found)

    def _ops_by_text(self) -> dict[str, list[Op]]:
        by_text: dict[str, list[Op]] = {}
        for op in self.ops.values():
            for text in op.texts.values():
                by_text.setdefault(text, []).append(op)
        return by_text
