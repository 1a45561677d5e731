"""What was sealed in either language opens here, and says what was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ledvei_pwa.platform.key_files import Keys
from ledvei_pwa.platform.keyring import Keyring, SealUnreadable
from ledvei_pwa.sync.protocol import read_envelope
from tests.support.device import from_base64url

SHARED = json.loads((Path(__file__).parent.parent / "shared" / "sealed_vectors.json").read_text("utf-8"))
VECTORS = SHARED["vectors"]


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    private = int.from_bytes(from_base64url(SHARED["key"]["private"]), "big")
    sealing = ec.derive_private_key(private, ec.SECP256R1())
    return Keyring(Keys((bytes(32),), (sealing,), sealing, bytes(32)))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_sealed_vector_opens_to_what_was_said(keyring: Keyring, vector: dict[str, Any]) -> None:
    opened = keyring.open_sealed(SHARED["key"]["id"], from_base64url(vector["sealed"]))
    assert json.loads(opened) == vector["plain"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_what_opens_is_read_as_an_envelope(keyring: Keyring, vector: dict[str, Any]) -> None:
    envelope = read_envelope(keyring.open_sealed(SHARED["key"]["id"], from_base64url(vector["sealed"])))
    assert (envelope.number, envelope.change.set) == (
        vector["plain"]["number"],
        vector["plain"]["operation"]["set"],
    )


@pytest.mark.parametrize("place", [0, 1, 40, 64, 65, 90, -1])
def test_one_changed_bit_anywhere_is_refused(keyring: Keyring, place: int) -> None:
    sealed = bytearray(from_base64url(VECTORS[0]["sealed"]))
    sealed[place] ^= 1
    with pytest.raises(SealUnreadable):
        keyring.open_sealed(SHARED["key"]["id"], bytes(sealed))
