"""Passwords, hashed with argon2id (RFC 9106)."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet, argon2id: m=19 MiB, t=2, p=1. More memory would let a few people who
# sign in at the same time fill the small machine that design.md §11 promises.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def hash_password(password: str) -> str:
    return _HASHER.hash(tidy_password(password))


def password_matches(password_hash: str | None, password: str) -> bool:
    """Without a hash the same work is done and the answer is no, so that time tells nothing (CWE-208)."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), tidy_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def tidy_password(password: str) -> str:
    """The same password from every keyboard: å may be typed as one sign or as a with a ring (Unicode NFC)."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("no person has this password")
