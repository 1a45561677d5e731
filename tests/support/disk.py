"""What a thief would find: texts in the bytes of files, in the forms that browsers and databases keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import unpack

FOOTER, MAGIC = 48, 0xDB4775248B80FB57  # of a leveldb table (leveldb/doc/table_format.md)
NONE, SNAPPY = 0, 1
MOZILLA = b"mozLz40\0"


def files_holding(folder: Path, texts: Iterable[str]) -> list[tuple[str, str]]:
    """(text, file) for each text that can be read in a file under the folder."""
    texts = list(texts)
    return sorted(
        (text, str(path.relative_to(folder)))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for text in texts_in(path, texts)
    )


def texts_in(path: Path, texts: Iterable[str]) -> set[str]:
    parts = list(readable_parts(path))
    return {text for text in texts if any(form in part for form in forms_of(text) for part in parts)}


def forms_of(text: str) -> tuple[bytes, ...]:
    """As UTF-8, as browsers keep JavaScript's strings, as Latin-1 and as JSON writes it."""
    escaped = "".join(char if ord(char) < 128 else f"\\u{ord(char):04x}" for char in text)
    forms = [text.encode(), text.encode("utf-16-le"), escaped.encode()]
    if all(ord(char) < 256 for char in text):
        forms.append(text.encode("latin-1"))
    return tuple(forms)


def readable_parts(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    if len(data) > FOOTER and unpack("<Q", data[-8:])[0] == MAGIC:
        yield from table_blocks(data)
    if data.startswith(MOZILLA):
        yield unpack_mozilla(data)


# --- leveldb tables -----------------------------------------------------------------------------------------


def table_blocks(data: bytes) -> Iterator[bytes]:
    """All blocks of a leveldb table, unpacked. Reads only what is needed to find them."""
    footer = data[-FOOTER:]
    _, place = handle_at(footer, 0)
    index_handle, _ = handle_at(footer, place)
    for value in entries(block_at(data, index_handle)):
        yield block_at(data, handle_at(value, 0)[0])


def handle_at(data: bytes, place: int) -> tuple[tuple[int, int], int]:
    offset, place = varint_at(data, place)
    size, place = varint_at(data, place)
    return (offset, size), place


def block_at(data: bytes, handle: tuple[int, int]) -> bytes:
    offset, size = handle
    block, kind = data[offset : offset + size], data[offset + size]
    assert kind in (NONE, SNAPPY), f"a block of another kind: {kind}"
    return unsnap(block) if kind == SNAPPY else block


def entries(block: bytes) -> Iterator[bytes]:
    """The values of a block, in order."""
    restarts = unpack("<I", block[-4:])[0]
    end, place = len(block) - 4 * (restarts + 1), 0
    while place < end:
        _shared, place = varint_at(block, place)
        own, place = varint_at(block, place)
        size, place = varint_at(block, place)
        yield block[place + own : place + own + size]
        place += own + size


def varint_at(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return value, place


def unsnap(data: bytes) -> bytes:
    """Snappy (google/snappy, format_description.txt)."""
    length, place = varint_at(data, 0)
    out = bytearray()
    while place < len(data):
        place = take_literal(data, place, out) if data[place] & 3 == 0 else take_copy(data, place, out)
    assert len(out) == length
    return bytes(out)


def take_literal(data: bytes, place: int, out: bytearray) -> int:
    size, place = data[place] >> 2, place + 1
    if size >= 60:
        width = size - 59
        size, place = int.from_bytes(data[place : place + width], "little"), place + width
    out += data[place : place + size + 1]
    return place + size + 1


def take_copy(data: bytes, place: int, out: bytearray) -> int:
    tag, kind = data[place], data[place] & 3
    if kind == 1:
        size, back, place = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[place + 1], place + 2
    else:
        width = 2 if kind == 2 else 4
        back = int.from_bytes(data[place + 1 : place + 1 + width], "little")
        size, place = (tag >> 2) + 1, place + 1 + width
    for _ in range(size):
        out.append(out[-back])
    return place


# --- Firefox's own files ------------------------------------------------------------------------------------


def unpack_mozilla(data: bytes) -> bytes:
    """What `*.jsonlz4` holds: `mozLz40\\0`, the size, and one LZ4 block (lz4_Block_format.md)."""
    out, place = bytearray(), len(MOZILLA) + 4
    while place < len(data):
        token, place = data[place], place + 1
        size, place = long_size(data, place, token >> 4)
        out += data[place : place + size]
        place += size
        if place >= len(data):
            break
        back, place = int.from_bytes(data[place : place + 2], "little"), place + 2
        size, place = long_size(data, place, token & 15)
        for _ in range(size + 4):
            out.append(out[-back])
    return bytes(out)


def long_size(data: bytes, place: int, size: int) -> tuple[int, int]:
    more = 255 if size == 15 else 0
    while more == 255:
        more, place = data[place], place + 1
        size += more
    return size, place
