"""A sealed file opens with its key alone, whole or not at all, and is never half written under its name."""

from __future__ import annotations

import os
import signal
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from ledvei_pwa.platform.backup_file import (
    BackupProblem,
    Part,
    Pulled,
    in_tar,
    new_recovery_key,
    read_backup,
    recovery_of,
    with_mac,
    write_backup,
)

pytestmark = pytest.mark.one_database
PARTS: list[Part] = [
    ("manifest.json", b"{}"),
    ("keys/a", b"Fjellrype under brua"),
    ("empty", b""),
    ("b", b"x" * 3000),
]
MINE = new_recovery_key()


def sealed(folder: Path, parts: list[Part] = PARTS) -> Path:
    path = folder / "backup.age"
    write_backup(path, parts, recovery_of(MINE))
    return path


def opened(path: Path, private: str = MINE) -> list[Part]:
    found: list[Part] = []
    read_backup(path, private, lambda name, content: found.append((name, content)))
    return found


def test_what_was_sealed_comes_back_in_order(tmp_path: Path) -> None:
    assert opened(sealed(tmp_path)) == PARTS


def test_nothing_of_it_can_be_read_in_the_file_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    content = sealed(tmp_path).read_bytes()
    assert b"Fjellrype" not in content
    assert b"manifest" not in content
    assert [path.name for path in tmp_path.iterdir()] == ["backup.age"]
    assert (tmp_path / "backup.age").stat().st_mode & 0o077 == 0


def test_a_key_read_from_paper_opens_it_with_small_letters_and_spaces(tmp_path: Path) -> None:
    paper = " ".join(MINE[start : start + 6] for start in range(0, len(MINE), 6)).lower()
    assert opened(sealed(tmp_path), paper) == PARTS


def test_another_recovery_key_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(BackupProblem, match="sealed to another"):
        opened(sealed(tmp_path), new_recovery_key())


@pytest.mark.parametrize(
    "wrong",
    ["", "AGE-SECRET-KEY-1QQ", "kaffe på benken", MINE[:-1] + "!"],
    ids=["nothing", "too short", "a sentence", "one wrong sign"],
)
def test_what_is_no_recovery_key_is_told_as_that(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(BackupProblem, match="74 signs"):
        opened(sealed(tmp_path), wrong)


@pytest.mark.parametrize("kept", [0, 1, 30, 199, 300, -17, -1])
def test_a_backup_cut_anywhere_is_refused_in_a_sentence(tmp_path: Path, kept: int) -> None:
    path = sealed(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BackupProblem, match="Take another one"):
        opened(path)


@pytest.mark.parametrize("place", [5, 60, 150, 260, 1000, -1])
def test_a_backup_changed_in_one_bit_is_refused_in_a_sentence(tmp_path: Path, place: int) -> None:
    path = sealed(tmp_path)
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)
    with pytest.raises(BackupProblem, match=r"Take another one|sealed to another"):
        opened(path)


def test_a_file_sealed_by_somebody_who_knows_only_the_public_half_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / "forged.age"
    with forged.open("wb") as file:
        source = Pulled(in_tar(with_mac(PARTS, bytes(32))))
        pyrage.encrypt_io(source, file, [x25519.Recipient.from_str(recovery_of(MINE).recipient)])
    with pytest.raises(BackupProblem, match="somebody else"):
        opened(forged)


def test_a_file_without_its_last_part_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.age"
    with cut.open("wb") as file:
        pyrage.encrypt_io(
            Pulled(in_tar(PARTS)), file, [x25519.Recipient.from_str(recovery_of(MINE).recipient)]
        )
    with pytest.raises(BackupProblem, match="cut off"):
        opened(cut)


def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    before = sealed(tmp_path).read_bytes()
    with pytest.raises(BackupProblem, match="there already"):
        sealed(tmp_path)
    assert (tmp_path / "backup.age").read_bytes() == before


def test_what_fails_on_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing() -> Iterator[Part]:
        yield "a", b"x" * 200_000
        raise LookupError("the database went away")

    with pytest.raises(BackupProblem, match="could not be written"):
        write_backup(tmp_path / "backup.age", failing(), recovery_of(MINE))
    assert list(tmp_path.iterdir()) == []


def test_killed_half_way_it_leaves_nothing_that_looks_whole_and_the_next_one_succeeds(tmp_path: Path) -> None:
    def killed() -> Iterator[Part]:
        yield "a", b"x" * 200_000
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        write_backup(tmp_path / "backup.age", killed(), recovery_of(MINE))
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    with pytest.raises(BackupProblem, match="Take another one"):
        opened(left)
    assert opened(sealed(tmp_path)) == PARTS
    assert not left.exists()


def test_memory_does_not_grow_with_what_is_sealed_or_opened(tmp_path: Path) -> None:
    lot = bytes(250_000)
    tracemalloc.start()
    path = tmp_path / "large.age"
    write_backup(path, ((f"part/{number}", lot) for number in range(160)), recovery_of(MINE))
    read_backup(path, MINE, lambda _name, _content: None)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 40_000_000
    assert most < 4_000_000
