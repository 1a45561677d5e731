"""A fingerprint of everything a person may see, so that "everything is synced" is a fact and not a hope.

The twin of `static/js/core/digest.js`; both run `tests/shared/digest_cases.json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 16


@dataclass(frozen=True)
class Digest:
    """How many subjects, and the exclusive or of their hashes: 32 hexadecimal digits. In any order."""

    count: int
    hash: str


def digest_of(subjects: Iterable[tuple[str, str, int]]) -> Digest:
    """The digest of (type, id, version) triples."""
    count, total = 0, 0
    for type_, id_, version in subjects:
        first = sha256(f"{type_}:{id_}:{version}".encode()).digest()[:HASH_BYTES]
        total ^= int.from_bytes(first, "big")
        count += 1
    return Digest(count, total.to_bytes(HASH_BYTES, "big").hex())
