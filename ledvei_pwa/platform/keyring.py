"""All keys, and the only place that holds them.

Files in `instance/keys/`, readable by their owner alone and never in the database:

- `master.key`: wraps the services' keys. Lost means that every text is lost; a backup belongs in a safe.
- `sealing.pem`: opens what devices have sealed (HPKE, RFC 9180).
- `push.pem`: signs web push (VAPID, RFC 8292). Lost means that everybody must allow reminders again.

Each service has a key of its own in `service_key`, wrapped by the master key. Without that row nobody can
read its texts, which is how a service is deleted for good.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import Executable, LargeBinary, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.database import Base, Id, UtcDateTime, db

MASTER: Final = "master.key"
SEALING: Final = "sealing.pem"
PUSH: Final = "push.pem"
OPERATION_INFO: Final = b"ledvei/1/operation"  # binds a seal to this purpose and version
SUITE: Final = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
FORMAT_1: Final = b"\x01"  # first byte of every encrypted text: 1, then 12 bytes nonce, then AES-256-GCM
NONCE_SIZE: Final = 12

Place = tuple[str, str, str]  # table, row id, column: a text moved elsewhere does not open


class KeyringProblem(Exception):
    """A key is missing, damaged or foreign to this database. The message says what to do."""


class SealUnreadable(Exception):
    """The sealed bytes are not for this key, or were changed on the way."""


class TextUnreadable(Exception):
    """The encrypted text does not belong to this place and service, or its key is gone."""


class ServiceKey(Base):
    """The key of one service's texts, wrapped. No foreign key: it may be shredded before its service."""

    __tablename__ = "service_key"

    service_id: Mapped[str] = mapped_column(Id, primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Keyring:
    """The keys of this installation. Holds secrets: has no useful `repr` and is never logged."""

    def __init__(
        self, master: bytes, sealing: ec.EllipticCurvePrivateKey, push: ec.EllipticCurvePrivateKey
    ) -> None:
        self.__master = master
        self.__sealing = sealing
        self.secret_key: bytes = derive(master, b"ledvei/1/sign-in")
        self.sealing_public: bytes = public_point(sealing)
        self.sealing_key_id: str = sha256(self.sealing_public).hexdigest()[:16]
        self.vapid_private: str = base64url(private_number(push))
        self.vapid_public: str = base64url(public_point(push))

    def open_sealed(self, key_id: str, sealed: bytes) -> bytes:
        """What a device sealed: `sealed` is enc || ciphertext. Raises `SealUnreadable`."""
        if key_id != self.sealing_key_id:
            raise SealUnreadable("sealed for a key that is not ours")
        try:
            return SUITE.decrypt(sealed, self.__sealing, OPERATION_INFO)
        except (InvalidTag, ValueError) as unreadable:
            raise SealUnreadable("not sealed for this key, or changed on the way") from unreadable

    def encrypt(self, service_id: str, place: Place, text: str) -> bytes:
        """Make the service's key on first use, in the caller's transaction."""
        key = self.__key_of(service_id) or self.__make_key_of(service_id)
        return seal_bytes(key, text.encode(), associated(service_id, *place))

    def decrypt(self, service_id: str, place: Place, data: bytes) -> str:
        """The text at that place. Raises `TextUnreadable`."""
        key = self.__key_of(service_id)
        if key is None:
            raise TextUnreadable(f"the key of service {service_id} is gone")
        try:
            return open_bytes(key, data, associated(service_id, *place)).decode()
        except InvalidTag as unreadable:
            raise TextUnreadable(f"{'/'.join(place)} does not open with its service's key") from unreadable

    def refuse_foreign_database(self) -> None:
        """Raise `KeyringProblem` when the database's texts were written under another master key."""
        if not inspect(db.engine).has_table(ServiceKey.__tablename__):
            return
        row = db.session.execute(select(ServiceKey).limit(1)).scalar_one_or_none()
        try:
            if row is not None:
                self.__unwrap(row)
        except InvalidTag as foreign:
            raise KeyringProblem(
                f"{MASTER} does not belong to this database: it cannot open the texts in it. "
                "Put back the key that was used before, or point LEDVEI_DATABASE_URL at the right database."
            ) from foreign

    def __key_of(self, service_id: str) -> bytes | None:
        # Within `kept_rows` the session spares the query; unwrapping is cached by the wrapped bytes: a key
        # that was rolled back can never be used again.
        row = db.session.get(ServiceKey, service_id)
        return None if row is None else self.__unwrap(row)

    def __make_key_of(self, service_id: str) -> bytes:
        """Two writers may come at the same time: the first one's key is kept and both use it."""
        wrapped = seal_bytes(self.__master, secrets.token_bytes(32), associated("service_key", service_id))
        db.session.execute(
            insert_unless_there(service_id=service_id, wrapped=wrapped, created_at=datetime.now(UTC))
        )
        key = self.__key_of(service_id)
        if key is None:
            raise KeyringProblem(f"the key of service {service_id} could not be made")
        return key

    def __unwrap(self, row: ServiceKey) -> bytes:
        return unwrap(self.__master, row.wrapped, associated("service_key", row.service_id))


def insert_unless_there(**values: Any) -> Executable:
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(ServiceKey).values(values).on_conflict_do_nothing()
    return sqlite.insert(ServiceKey).values(values).on_conflict_do_nothing()


@lru_cache(maxsize=256)
def unwrap(master: bytes, wrapped: bytes, about: bytes) -> bytes:
    return open_bytes(master, wrapped, about)


def seal_bytes(key: bytes, content: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return FORMAT_1 + nonce + AESGCM(key).encrypt(nonce, content, about)


def open_bytes(key: bytes, data: bytes, about: bytes) -> bytes:
    """Raises `InvalidTag` on anything that is not exactly what was encrypted."""
    if data[:1] != FORMAT_1 or len(data) <= NONCE_SIZE:
        raise InvalidTag
    return AESGCM(key).decrypt(data[1 : NONCE_SIZE + 1], data[NONCE_SIZE + 1 :], about)


def associated(*parts: str) -> bytes:
    return "\x1f".join(parts).encode()


def derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(master)


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """65 bytes: 0x04, x, y."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def private_number(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(32, "big")


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def ensure_keys(folder: Path) -> list[str]:
    """Make the keys that are missing in a folder that has none; answer their names. Never replaces one."""
    makers: dict[str, Callable[[], bytes]] = {MASTER: new_master, SEALING: new_pem, PUSH: new_pem}
    missing = [name for name in makers if not (folder / name).exists()]
    if missing and len(missing) < len(makers):
        # Half a set means that a file was lost. A new master key beside old texts would hide that.
        raise KeyringProblem(f"{', '.join(missing)} is missing in {folder}. Put it back from your backup.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in missing:
        write_secret(folder / name, makers[name]())
    return missing


def new_master() -> bytes:
    return urlsafe_b64encode(secrets.token_bytes(32)) + b"\n"


def new_pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, content: bytes) -> None:
    """0600 from the first byte, and never over an existing file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def load_keyring(folder: Path) -> Keyring:
    """Read the keys, or raise `KeyringProblem` with what to do."""
    for name in (MASTER, SEALING, PUSH):
        if not (folder / name).is_file():
            raise KeyringProblem(
                f"{name} is missing in {folder}. A new installation gets its keys from `ledvei init`; "
                "an old one needs the folder back from its backup."
            )
        refuse_open_file(folder / name)
    return Keyring(read_master(folder / MASTER), read_pem(folder / SEALING), read_pem(folder / PUSH))


def refuse_open_file(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeyringProblem(f"{path} can be read by others. Run: chmod 600 {path}")


def read_master(path: Path) -> bytes:
    try:
        key = urlsafe_b64decode(path.read_bytes().strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyringProblem(f"{path} is damaged. Put it back from your backup.")
    return key


def read_pem(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyringProblem(f"{path} is damaged. Put it back from your backup.")
    return key
