"""Passwords and what else people have to type, hashed with argon2id (RFC 9106)."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

# OWASP Password Storage Cheat Sheet, argon2id: m=19 MiB, t=2, p=1. More memory would let a few people who
# sign in at the same time fill the small machine that design.md §11 promises.


@dataclass(frozen=True)
class Cost:
    """`memory_cost` in KiB."""

    time_cost: int
    memory_cost: int
    parallelism: int


COST: Final = Cost(2, 19456, 1)
COST_OF_CODES = COST  # the tests, which make hundreds, take a lower one
_HASHER: Final = PasswordHasher(**asdict(COST))


def hash_password(password: str) -> str:
    return _HASHER.hash(tidy_password(password))


def password_matches(password_hash: str | None, password: str) -> bool:
    """Without a hash the same work is done and the answer is no, so that time tells nothing (CWE-208)."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), tidy_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def hash_code(code: str, salt: bytes) -> str:
    """62 hexadecimal digits. For codes with too little chance in them for a fast digest (ASVS V6.5.2)."""
    cost = asdict(COST_OF_CODES)
    return hash_secret_raw(code.encode(), salt, **cost, hash_len=31, type=Type.ID).hex()


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def tidy_password(password: str) -> str:
    """The same password from every keyboard: å may be typed as one sign or as a with a ring (Unicode NFC)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("no person has this password")
