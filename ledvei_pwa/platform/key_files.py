"""The folder of keys: its files made, read and exchanged. Each is for its owner's eyes alone.

- `master.key`: wraps the services' keys. Lost means that every text is lost.
- `sealing.pem`: opens what devices have sealed (HPKE, RFC 9180). The ones before it are kept beside it, as
  `sealing-….pem`: what waits on a phone is sealed for one of them.
- `push.pem`: signs web push (VAPID, RFC 8292). Lost means that everybody must allow reminders again.
- `sign-in.key`: what digests are keyed with that must stay as they are (who somebody is elsewhere, recovery
  codes from before), once a master key has been replaced. Before that it is derived from the master key.

What signs cookies, forms and questions is derived from the master key, and so is another with each new one.

`….next` is a key that is about to take another's place (see platform/new_keys.py): it is read as well.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

MASTER: Final = "master.key"
SEALING: Final = "sealing.pem"
PUSH: Final = "push.pem"
SIGN_IN: Final = "sign-in.key"
NEXT: Final = ".next"
EARLIER_SEALING: Final = "sealing-*.pem"


class KeyringProblem(Exception):
    """A key is missing, damaged or foreign to this database. The message says what to do."""


@dataclass(frozen=True, repr=False)
class Keys:
    """What the files hold, the one in use first."""

    masters: tuple[bytes, ...]
    sealings: tuple[ec.EllipticCurvePrivateKey, ...]
    push: ec.EllipticCurvePrivateKey
    sign_in: bytes

    def ids_of(self, kind: str) -> list[str]:
        """Fingerprints, which help nobody to guess: 16 signs of a digest of what is random or public."""
        found: dict[str, Callable[[], list[str]]] = {
            "master": lambda: [secret_id(master, "master") for master in self.masters],
            "sealing": lambda: [public_id(key) for key in self.sealings],
            "push": lambda: [public_id(self.push)],
            "sign-in": lambda: [secret_id(self.sign_in, "sign-in")],
        }
        return found[kind]()


# --- reading --------------------------------------------------------------------------------------


def read_keys(folder: Path) -> Keys:
    """Read the keys, or raise `KeyringProblem` with what to do."""
    return keys_in(read_folder(folder), str(folder))


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of the folder, by its name. Raises `KeyringProblem` when others can read one."""
    found = {}
    for path in sorted(folder.glob("[!.]*")) if folder.is_dir() else []:
        if path.is_file():
            refuse_open_file(path)
            found[path.name] = path.read_bytes()
    return found


def keys_in(files: Mapping[str, bytes], place: str) -> Keys:
    """The keys that a folder's files hold. `place` is how the folder is called in a `KeyringProblem`."""
    for name in (MASTER, SEALING, PUSH):
        if name not in files:
            raise KeyringProblem(
                f"{name} is missing in {place}. A new installation gets its keys from `ledvei init`; "
                "an old one needs the folder back from its backup."
            )
    masters = [MASTER, *one_if_there(MASTER + NEXT, files)]
    earlier = sorted((name for name in files if Path(name).match(EARLIER_SEALING)), reverse=True)
    sealings = [SEALING, *one_if_there(SEALING + NEXT, files), *earlier]
    master = tuple(read_secret(files[name], f"{place}/{name}") for name in masters)
    return Keys(
        masters=master,
        sealings=tuple(read_pem(files[name], f"{place}/{name}") for name in sealings),
        push=read_pem(files[PUSH], f"{place}/{PUSH}"),
        sign_in=read_secret(files[SIGN_IN], f"{place}/{SIGN_IN}") if SIGN_IN in files else derived(master[0]),
    )


def one_if_there(name: str, files: Mapping[str, bytes]) -> list[str]:
    return [name] if name in files else []


def derived(master: bytes) -> bytes:
    """What digests are keyed with while no master key has been replaced."""
    return derive(master, b"ledvei/1/sign-in")


def signing_of(master: bytes) -> bytes:
    """What signs what browsers hold for a while. It is in no file, and on every machine the same."""
    return derive(master, b"ledvei/1/signing")


def refuse_open_file(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyringProblem(f"{path} can be read by others. Run: chmod 600 {path}")


def read_secret(content: bytes, place: str) -> bytes:
    try:
        key = urlsafe_b64decode(content.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyringProblem(f"{place} is damaged. Put it back from your backup.")
    return key


def read_pem(content: bytes, place: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(content, password=None)
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyringProblem(f"{place} is damaged. Put it back from your backup.")
    return key


# --- making ---------------------------------------------------------------------------------------


def ensure_keys(folder: Path) -> list[str]:
    """Make the keys that are missing in a folder that has none; answer their names. Never replaces one."""
    makers: dict[str, Callable[[], bytes]] = {MASTER: new_secret, SEALING: new_pem, PUSH: new_pem}
    missing = [name for name in makers if not (folder / name).exists()]
    if missing and len(missing) < len(makers):
        # Half a set means that a file was lost. A new master key beside old texts would hide that.
        raise KeyringProblem(f"{', '.join(missing)} is missing in {folder}. Put it back from your backup.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in missing:
        write_secret(folder / name, makers[name]())
    return missing


def new_secret() -> bytes:
    return as_text(secrets.token_bytes(32))


def as_text(secret: bytes) -> bytes:
    return urlsafe_b64encode(secret) + b"\n"


def new_pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, content: bytes) -> None:
    """0600 from the first byte, whole or not at all, and never over an existing file."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)
    finally:
        unfinished.unlink()
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """Let the disk have the folder's names too: a rename may be lost otherwise when the power goes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- shapes ---------------------------------------------------------------------------------------


def derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(master)


def secret_id(secret: bytes, kind: str) -> str:
    return derive(secret, f"ledvei/1/fingerprint/{kind}".encode()).hex()[:16]


def public_id(key: ec.EllipticCurvePrivateKey) -> str:
    return sha256(public_point(key)).hexdigest()[:16]


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """65 bytes: 0x04, x, y."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def private_number(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(32, "big")


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
