"""A backup as a file: a tar of named parts, sealed to a recovery key that is not on the server.

The seal is age (age-encryption.org/v1, X25519; pyrage is its Rust implementation): in lots of 64 kB, each of
them authenticated, and so is its end. So `age -d -i KEY FILE | tar x` opens one without Ledvei as well.

Whoever knows the public half could seal a file of their own making. So the last part is a MAC over all
others, with a key that only the server and the recovery key's paper can make (`Recovery.origin`).

Everything streams: nothing is in memory but a part at a time, and nothing readable comes onto the disk.
"""

from __future__ import annotations

import hmac
import io
import os
import tarfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyrage
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyrage import x25519

from ledvei_pwa.platform.key_files import keep_names, write_secret

RECOVERY: Final = "backup.key"  # in the keys' folder: to whom backups are sealed
MAC: Final = "mac"
BLOCK: Final = tarfile.BLOCKSIZE
LARGEST_PART: Final = 64 * 1024 * 1024  # bytes; ours are below 1 MB or one row
UNFINISHED: Final = ".part"

Part = tuple[str, bytes]


class BackupProblem(Exception):
    """A backup cannot be made or used. The message says why and what to do."""


@dataclass(frozen=True, repr=False)
class Recovery:
    """The half of a recovery key that stays on the server."""

    recipient: str  # age1…
    origin: bytes  # 32 bytes: shows that a backup is ours

    def written(self) -> bytes:
        return f"{self.recipient}\n{b64encode(self.origin).decode()}\n".encode()


# --- the recovery key -----------------------------------------------------------------------------


def new_recovery_key() -> str:
    """The private half, to be written down: AGE-SECRET-KEY-1…"""
    return str(x25519.Identity.generate())


def recovery_of(private: str) -> Recovery:
    """Raises `BackupProblem` when it is not such a key."""
    identity = identity_of(private)
    return Recovery(str(identity.to_public()), origin_of(identity))


def identity_of(private: str) -> Any:
    """As it was written down: spaces, line ends and small letters do not matter."""
    try:
        return x25519.Identity.from_str("".join(private.split()).upper())
    except pyrage.IdentityError as wrong:
        raise BackupProblem(
            "This is not a recovery key. It begins with AGE-SECRET-KEY-1 and has 74 signs: look for one that "
            "is missing, or was read wrongly."
        ) from wrong


def origin_of(identity: Any) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"ledvei/1/backup-origin").derive(str(identity).encode())


def keep_recovery(folder: Path, recovery: Recovery) -> None:
    """In the place of an earlier one."""
    fresh = folder / f"{RECOVERY}.new"
    fresh.unlink(missing_ok=True)
    write_secret(fresh, recovery.written())
    os.replace(fresh, folder / RECOVERY)
    keep_names(folder)


def read_recovery(folder: Path) -> Recovery:
    """Raises `BackupProblem` when there is none."""
    try:
        recipient, origin = (folder / RECOVERY).read_text(encoding="ascii").split()
        x25519.Recipient.from_str(recipient)
        return Recovery(recipient, b64decode(origin, validate=True))
    except FileNotFoundError as missing:
        raise BackupProblem(
            "There is no recovery key yet, and backups are sealed to it. Make one with: ledvei keys recovery"
        ) from missing
    except (ValueError, pyrage.RecipientError) as damaged:
        raise BackupProblem(
            f"{folder / RECOVERY} is damaged. Make it anew: ledvei keys recovery"
        ) from damaged


# --- writing --------------------------------------------------------------------------------------


def write_backup(path: Path, parts: Iterable[Part], recovery: Recovery) -> None:
    """Seal the parts into a file, which has its name only when it is whole. Raises `BackupProblem`."""
    if path.exists():
        raise BackupProblem(f"{path} is there already, and a backup is not written over.")
    unfinished = path.with_name(f".{path.name}{UNFINISHED}")
    unfinished.unlink(missing_ok=True)
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            source = Pulled(in_tar(with_mac(parts, recovery.origin)))
            pyrage.encrypt_io(source, file, [x25519.Recipient.from_str(recovery.recipient)])
            file.flush()
            os.fsync(file.fileno())
        os.rename(unfinished, path)
        keep_names(path.parent)
    except (OSError, pyrage.EncryptError) as problem:
        unfinished.unlink(missing_ok=True)
        raise BackupProblem(
            f"The backup could not be written ({problem}). Nothing was left behind."
        ) from problem
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def with_mac(parts: Iterable[Part], origin: bytes) -> Iterator[Part]:
    mac = hmac.new(origin, digestmod="sha256")
    for name, content in parts:
        mac.update(framed(name, content))
        yield name, content
    yield MAC, mac.hexdigest().encode()


def framed(name: str, content: bytes) -> bytes:
    """So that no two lists of parts look the same to the MAC."""
    return b"%d:%d:" % (len(name.encode()), len(content)) + name.encode() + content


def in_tar(parts: Iterable[Part]) -> Iterator[bytes]:
    for name, content in parts:
        about = tarfile.TarInfo(name)
        about.size, about.mode = len(content), 0o600
        yield about.tobuf(tarfile.USTAR_FORMAT)
        yield content + bytes(-len(content) % BLOCK)
    yield bytes(2 * BLOCK)


class Pulled(io.RawIOBase):
    """A file to read from that is made while it is read. What goes wrong on the way is raised as it is."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            try:
                self._left = next(self._content)
            except StopIteration:
                return b""
        given, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return given


# --- reading --------------------------------------------------------------------------------------


def read_backup(path: Path, private: str, take: Callable[[str, bytes], None]) -> None:
    """Give each part to `take`, in order. Raises `BackupProblem`, at the end too: until this has returned
    nobody knows whether the file is whole and ours."""
    identity = identity_of(private)
    reader = Parts(origin_of(identity), take)
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, reader, [identity])
    except pyrage.DecryptError as problem:
        raise BackupProblem(why_closed(str(problem))) from problem
    except OSError as problem:
        raise BackupProblem(
            problem.strerror
            or "The backup is damaged or cut off: what was opened of it is not used. Take another one."
        ) from problem
    reader.end()


def why_closed(problem: str) -> str:
    if "matching keys" in problem:
        return "This recovery key does not open this backup: it was sealed to another one."
    return "This is not a backup, or its beginning is damaged or cut off. Take another one."


class Parts:
    """A file to write a tar to: takes it apart as it comes."""

    def __init__(self, origin: bytes, take: Callable[[str, bytes], None]) -> None:
        self._take = take
        self._mac = hmac.new(origin, digestmod="sha256")
        self._said: bytes | None = None
        self._waiting = bytearray()
        self._name = ""
        self._size: int | None = None  # of the part whose content comes next

    def write(self, content: bytes) -> int:
        self._waiting += content
        while self._step():
            pass
        return len(content)

    def flush(self) -> None:
        """Nothing waits that could be given away."""

    def end(self) -> None:
        """Raise `BackupProblem` unless all parts came and are ours."""
        if self._said is None or self._size is not None:
            raise BackupProblem("The backup is cut off. Take another one.")
        if not hmac.compare_digest(self._said, self._mac.hexdigest().encode()):
            raise BackupProblem(
                "The backup was sealed to this key by somebody else than Ledvei. Do not use it."
            )

    def _step(self) -> bool:
        return self._take_name() if self._size is None else self._take_content(self._size)

    def _take_name(self) -> bool:
        if len(self._waiting) < BLOCK:
            return False
        block = bytes(self._waiting[:BLOCK])
        del self._waiting[:BLOCK]
        if any(block):
            self._begin(block)
        return True

    def _begin(self, block: bytes) -> None:
        try:
            about = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except tarfile.HeaderError as problem:
            raise BackupProblem("The backup holds something that is not Ledvei's.") from problem
        if about.size > LARGEST_PART or self._said is not None:
            raise BackupProblem("The backup holds something that is not Ledvei's.")
        self._name, self._size = about.name, about.size

    def _take_content(self, size: int) -> bool:
        padded = size + -size % BLOCK
        if len(self._waiting) < padded:
            return False
        content = bytes(self._waiting[:size])
        del self._waiting[:padded]
        self._size = None
        if self._name == MAC:
            self._said = content
        else:
            self._mac.update(framed(self._name, content))
            self._take(self._name, content)
        return True


def as_parts(folder: str, files: Mapping[str, bytes]) -> Iterator[Part]:
    for name, content in sorted(files.items()):
        yield f"{folder}/{name}", content
