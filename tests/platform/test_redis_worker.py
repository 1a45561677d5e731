"""Workers that take their jobs through a real Redis, as on a host that has outgrown one machine."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.serving import Installation

REDIS = os.environ.get("LEDVEI_TEST_REDIS_URL", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.one_database,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not REDIS, reason="`make test` starts a Redis and names it in LEDVEI_TEST_REDIS_URL"),
]


def test_two_workers_share_one_queue_and_run_every_job(tmp_path: Path) -> None:
    installation = Installation(tmp_path, environment={"LEDVEI_REDIS_URL": REDIS})
    installation.run(
        "init", "--name", "Fjordvik", "--language", "nb", "--leader", "Berit", "--email", "b@f.example"
    )
    workers = [start_worker(installation) for _ in range(2)]
    try:
        wait_until(lambda: count(tmp_path, "SELECT count(*) FROM worker_heartbeat") == 2, "two heartbeats")
        wait_until(
            lambda: count(tmp_path, "SELECT count(*) FROM job_run WHERE ended_at IS NOT NULL") > 0, "a run"
        )
    finally:
        for worker in workers:
            worker.terminate()
        assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
    assert count(tmp_path, "SELECT count(*) FROM job_run WHERE failed_at IS NOT NULL") == 0


def start_worker(installation: Installation) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "LEDVEI_REDIS_URL": REDIS}
    with (installation.folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [installation.command, "worker"], cwd=installation.folder, env=environment, stdout=log, stderr=log
        )


def count(folder: Path, query: str) -> int:
    with closing(sqlite3.connect(folder / "instance" / "ledvei.sqlite3")) as database:
        found: int = database.execute(query).fetchone()[0]
    return found


def wait_until(happens: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 150  # huey looks at the clock once a minute
    while not happens():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.5)
