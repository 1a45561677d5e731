"""Some seeds at every change; thousands of them are `make fuzz`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.mistakes import ON_DEVICES, ON_SERVER

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
WELL = "lost=0 doubled=0 stuck=0 diverged=0 leaked=0"
# Where each mistake is met, so that the test need not go through all seeds before. Should the steps change, a
# search from 1 says where it is now: python -m tests.fuzz --mistake NAME --until-found --seeds 500
FOUND_FROM = {
    "acknowledge_before_commit": 4,
    "forget_idempotency": 1,
    "last_writer_wins": 13,
    "plain_sequence": 12,
    "skip_removal": 2,
    "new_supervisor_reads_all": 11,
    "let_go_before_the_answer": 1,
    "keep_nothing_for_a_restore": 26,
}
MOST_SEEDS = 40


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def last_line(ended: subprocess.CompletedProcess[str]) -> str:
    return ended.stdout.strip().splitlines()[-1]


@pytest.mark.timeout(600)
def test_whatever_happens_nothing_is_lost_doubled_stuck_different_or_seen_by_others() -> None:
    """On SQLite 200 seeds; on PostgreSQL 30, in which requests meet in threads."""
    seeds = 30 if os.environ.get("LEDVEI_TEST_DATABASE_URL") else 200
    ended = fuzz("--seeds", str(seeds), "--steps", "16")
    assert last_line(ended) == f"seeds={seeds} {WELL}", ended.stdout[-4000:] + ended.stderr[-2000:]
    assert ended.returncode == 0
    operations = re.search(r"operations (\d+)", ended.stdout)
    assert operations
    assert int(operations[1]) > 5 * seeds, "hardly anything was written: this proves nothing"


@pytest.mark.one_database
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mistake", [*ON_SERVER, *ON_DEVICES])
def test_a_planted_mistake_is_found(mistake: str) -> None:
    first, most = str(FOUND_FROM[mistake]), str(MOST_SEEDS)
    ended = fuzz("--mistake", mistake, "--until-found", "--first", first, "--seeds", most)
    assert ended.returncode == 1, f"{mistake} was not found in {most} seeds: {ended.stderr[-2000:]}"
    assert "broken" not in last_line(ended), "the fuzz itself failed: this proves nothing"
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.one_database
def test_a_seed_gives_the_same_run_again() -> None:
    one, other = fuzz("--seed", "7"), fuzz("--seed", "7")
    assert without_seconds(one.stdout) == without_seconds(other.stdout)


def without_seconds(text: str) -> str:
    return re.sub(r"[\d.]+ s\b.*", "", text)
