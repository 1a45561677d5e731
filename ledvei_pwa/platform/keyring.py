"""All keys, and the only place that holds them.

The files are told of in platform/key_files.py; they are never in the database. Each service has a key of its
own in `service_key`, wrapped by the master key. Without its rows there and in `earlier_service_key` nobody
can read its texts, which is how a service is deleted for good.

A service's key may be replaced while people write: its texts then tell by a number which of its keys they
are encrypted with, and are encrypted anew one by one (see platform/new_keys.py).
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Executable, LargeBinary, TypeDecorator, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform import installation_keys
from ledvei_pwa.platform.database import Base, Id, UtcDateTime, db
from ledvei_pwa.platform.installation_keys import InstallationKey
from ledvei_pwa.platform.key_files import (
    MASTER,
    PUSH,
    SEALING,
    KeyringProblem,
    Keys,
    base64url,
    ensure_keys,
    private_number,
    public_id,
    public_point,
    read_keys,
    secret_id,
    signing_of,
)

__all__ = [
    "MASTER",
    "PUSH",
    "SEALING",
    "EncryptedText",
    "Keyring",
    "KeyringProblem",
    "SealUnreadable",
    "TextUnreadable",
    "base64url",
    "ensure_keys",
    "load_keyring",
]

OPERATION_INFO: Final = b"ledvei/1/operation"  # binds a seal to this purpose and version
SUITE: Final = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
# How every encrypted text begins: 1 for a service's first key; 2 and two bytes for the number of a later one.
# Then come 12 bytes nonce and what AES-256-GCM made.
FORMAT_1: Final = b"\x01"
FORMAT_2: Final = b"\x02"
NONCE_SIZE: Final = 12
SETTLED_AFTER: Final = 1.0  # seconds: a folder changed just now may change again within one tick of its clock

Place = tuple[str, str, str]  # table, row id, column: a text moved elsewhere does not open
log = structlog.get_logger(__name__)


class SealUnreadable(Exception):
    """The sealed bytes are not for this key, or were changed on the way."""


class TextUnreadable(Exception):
    """The encrypted text does not belong to this place and service, or its key is gone."""


class EncryptedText(TypeDecorator[bytes]):
    """A column of what `Keyring.encrypt` made, for the place (table, `id`, column).

    The table has a `service_id`. A new key finds its texts by this type. `table` is the place's, where it is
    not the column's own.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, table: str = "") -> None:
        super().__init__()
        self.table = table


class ServiceKey(Base):
    """The key of one service's texts, wrapped. No foreign key: it may be shredded before its service."""

    __tablename__ = "service_key"

    service_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EarlierServiceKey(Base):
    """One that was a service's key before, as long as a text may need it."""

    __tablename__ = "earlier_service_key"

    service_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Keyring:
    """The keys of this installation. Holds secrets: has no useful `repr` and is never logged."""

    def __init__(self, keys: Keys, folder: Path | None = None) -> None:
        """`folder`: where the keys were read, to be looked at for others that have taken their place."""
        self.__keys = keys
        self.__folder = folder
        self.__stamp = _stamp_of(folder)
        self.__earlier_used: set[str] = set()

    @property
    def secret_key(self) -> bytes:
        """What digests are keyed with that are looked up again. A new master key leaves it as it is."""
        return self.now().sign_in

    @property
    def signing_key(self) -> bytes:
        """What cookies, forms and questions are signed with. A new master key makes it another."""
        return signing_of(self.now().masters[0])

    @property
    def other_signing_keys(self) -> list[bytes]:
        """Of the sign-in's cookie also taken, which holds nothing that could be forged: while a master key is
        being replaced the next one's, and what it was signed with before it had a key of its own.
        """
        keys = self.now()
        return [keys.sign_in, *map(signing_of, keys.masters[1:])]

    @property
    def sealing_public(self) -> bytes:
        return public_point(self.now().sealings[0])

    @property
    def sealing_key_id(self) -> str:
        return public_id(self.now().sealings[0])

    @property
    def vapid_private(self) -> str:
        return base64url(private_number(self.now().push))

    @property
    def vapid_public(self) -> str:
        return base64url(public_point(self.now().push))

    def now(self) -> Keys:
        """The keys as the folder has them: they may be exchanged while this process serves."""
        stamp = _stamp_of(self.__folder)
        if stamp is None or stamp != self.__stamp:
            self.read_again()
            self.__stamp = stamp
        return self.__keys

    @property
    def place(self) -> Path:
        """Where the files are, for the words about a wrong one."""
        return self.__folder or Path("keys")

    def read_again(self) -> None:
        """A folder that is gone or half changed is no reason to forget what was read from it."""
        if self.__folder is None:
            return
        try:
            self.__keys = read_keys(self.__folder)
        except (KeyringProblem, OSError) as problem:
            log.error("keys_unreadable", error=type(problem).__name__)

    def open_sealed(self, key_id: str, sealed: bytes) -> bytes:
        """What a device sealed: `sealed` is enc || ciphertext. Raises `SealUnreadable`."""
        current, *others = self.now().sealings
        found = [key for key in (current, *others) if public_id(key) == key_id]
        if not found:
            raise SealUnreadable("sealed for a key that is not ours")
        try:
            opened = SUITE.decrypt(sealed, found[0], OPERATION_INFO)
        except (InvalidTag, ValueError) as unreadable:
            raise SealUnreadable("not sealed for this key, or changed on the way") from unreadable
        if found[0] is not current:
            self.__earlier_used.add(key_id)
        return opened

    def take_earlier_used(self) -> set[str]:
        """The ids of sealing keys that are not in use any more and have opened something since last asked."""
        used, self.__earlier_used = self.__earlier_used, set()
        return used

    def encrypt(self, service_id: str, place: Place, text: str) -> bytes:
        """Make the service's key on first use, in the caller's transaction.

        The caller has called `feed.begin_writing`, so that no other key takes this one's place meanwhile.
        """
        row = db.session.get(ServiceKey, service_id) or self.__make_key_of(service_id)
        key = self.unwrap(row)
        return seal_bytes(key, text.encode(), associated(service_id, *place), begins_with(row.number))

    def decrypt(self, service_id: str, place: Place, data: bytes) -> str:
        """The text at that place. Raises `TextUnreadable`."""
        try:
            row = _key_numbered(service_id, number_in(data))
            if row is None:
                raise TextUnreadable(f"the key of service {service_id} is gone")
            return open_bytes(self.unwrap(row), data, associated(service_id, *place)).decode()
        except InvalidTag as unreadable:
            raise TextUnreadable(f"{'/'.join(place)} does not open with its service's key") from unreadable

    def refuse_foreign_database(self, *, besides: str = "") -> None:
        """Raise `KeyringProblem` when the database's contents were written under other keys than these.

        `besides`: a kind of key that is not looked at.
        """
        tables = inspect(db.engine).get_table_names()
        if InstallationKey.__tablename__ in tables:
            installation_keys.refuse_foreign(self.now(), self.place, besides=besides)
        if ServiceKey.__tablename__ in tables and not self.__opens_a_service_key():
            raise KeyringProblem(installation_keys.words_for("master", self.place))

    def unwrap(self, row: ServiceKey | EarlierServiceKey) -> bytes:
        """A service's key. Raises `KeyringProblem`: without its master key nothing can be read or written."""
        about = wrapped_for(row.service_id, row.number)
        for _ in range(2):
            for master in self.now().masters:
                if opens(master, row.wrapped, about):
                    return unwrap(master, row.wrapped, about)
            self.read_again()  # another process may have brought a new master key just now
        raise KeyringProblem(installation_keys.words_for("master", self.place))

    def __opens_a_service_key(self) -> bool:
        # A database that waits for its migration has no numbers yet: all its keys are the first.
        row = db.session.execute(text("SELECT * FROM service_key LIMIT 1")).mappings().first()
        if row is None:
            return True
        about = wrapped_for(row["service_id"], row.get("number", 1))
        return any(opens(master, row["wrapped"], about) for master in self.now().masters)

    def __make_key_of(self, service_id: str) -> ServiceKey:
        """Two writers may come at the same time: the first one's key is kept and both use it."""
        master = self.master_in_use()
        wrapped = seal_bytes(master, secrets.token_bytes(32), wrapped_for(service_id, 1))
        db.session.execute(
            insert_unless_there(
                service_id=service_id, number=1, wrapped=wrapped, created_at=datetime.now(UTC)
            )
        )
        row = db.session.get(ServiceKey, service_id)
        if row is None:
            raise KeyringProblem(f"the key of service {service_id} could not be made")
        return row

    def master_in_use(self) -> bytes:
        """The one that the database was written under last. It stays so until this transaction ends."""
        wanted = installation_keys.hold("master")
        masters = self.now().masters
        return next((key for key in masters if secret_id(key, "master") == wanted), masters[0])


def load_keyring(folder: Path) -> Keyring:
    """Read the keys, or raise `KeyringProblem` with what to do."""
    return Keyring(read_keys(folder), folder)


def _stamp_of(folder: Path | None) -> int | None:
    """When a name in the folder changed last; None while that is too fresh to be relied upon."""
    if folder is None:
        return 0
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return None
    # A clock that was set back says that it was changed in the future: that is not fresh.
    return changed if abs(time.time() - changed / 1e9) > SETTLED_AFTER else None


def _key_numbered(service_id: str, number: int) -> ServiceKey | EarlierServiceKey | None:
    # Within `kept_rows` the session spares the query; unwrapping is cached by the wrapped bytes: a key
    # that was rolled back can never be used again.
    row = db.session.get(ServiceKey, service_id)
    if row is not None and number > row.number:
        row = db.session.get(ServiceKey, service_id, populate_existing=True)
    if row is None or number == row.number:
        return row
    return db.session.get(EarlierServiceKey, (service_id, number))


def insert_unless_there(**values: Any) -> Executable:
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(ServiceKey).values(values).on_conflict_do_nothing()
    return sqlite.insert(ServiceKey).values(values).on_conflict_do_nothing()


@lru_cache(maxsize=256)
def unwrap(master: bytes, wrapped: bytes, about: bytes) -> bytes:
    return open_bytes(master, wrapped, about)


def opens(master: bytes, wrapped: bytes, about: bytes) -> bool:
    try:
        unwrap(master, wrapped, about)
    except InvalidTag:
        return False
    return True


def seal_bytes(key: bytes, content: bytes, about: bytes, beginning: bytes = FORMAT_1) -> bytes:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return beginning + nonce + AESGCM(key).encrypt(nonce, content, about)


def open_bytes(key: bytes, data: bytes, about: bytes) -> bytes:
    """Raises `InvalidTag` on anything that is not exactly what was encrypted."""
    nonce = len(begins_with(number_in(data)))
    content = nonce + NONCE_SIZE
    return AESGCM(key).decrypt(data[nonce:content], data[content:], about)


def begins_with(number: int) -> bytes:
    """The first bytes of what is encrypted with a service's key of that number."""
    return FORMAT_1 if number == 1 else FORMAT_2 + number.to_bytes(2, "big")


def number_in(data: bytes) -> int:
    """With which of its service's keys this was encrypted. Raises `InvalidTag` when it was with none."""
    number = 1 if data[:1] == FORMAT_1 else int.from_bytes(data[1:3], "big")
    if data[:1] not in {FORMAT_1, FORMAT_2} or len(data) <= len(begins_with(number)) + NONCE_SIZE:
        raise InvalidTag
    return number


def associated(*parts: str) -> bytes:
    return "\x1f".join(parts).encode()


def wrapped_for(service_id: str, number: int) -> bytes:
    """What a wrapped key is bound to. The first has no number: it is from before there were more."""
    return associated("service_key", service_id, *([] if number == 1 else [str(number)]))
