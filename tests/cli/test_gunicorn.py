"""Several processes on one database, as larger hosts run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledvei_pwa.platform import schema
from ledvei_pwa.platform.keyring import ensure_keys
from tests.support.database import temporary_database
from tests.support.serving import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path, worker_name: str) -> Iterator[dict[str, str]]:
    with temporary_database(f"gunicorn_{worker_name}") as url:
        yield {**os.environ, "LEDVEI_INSTANCE": str(tmp_path / "instance"), "LEDVEI_DATABASE_URL": url}


def start(environment: dict[str, str], port: int) -> subprocess.Popen[str]:
    command = [
        Path(sys.executable).with_name("gunicorn"),
        "--workers",
        "2",
        "--bind",
        f"127.0.0.1:{port}",
        "wsgi:app",
    ]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def stop(process: subprocess.Popen[str]) -> str:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=30)[0]


def health(port: int, process: subprocess.Popen[str]) -> dict[str, object]:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:  # not there yet, or a small machine that is busy
            time.sleep(0.2)
    raise AssertionError("gunicorn did not come up")


def test_two_processes_serve_one_database(environment: dict[str, str]) -> None:
    ensure_keys(Path(environment["LEDVEI_INSTANCE"]) / "keys")
    schema.upgrade(environment["LEDVEI_DATABASE_URL"])
    port = free_port()
    process = start(environment, port)
    try:
        answers = [health(port, process)["status"] for _ in range(4)]
    finally:
        stop(process)
    assert answers == ["up"] * 4


def test_tables_that_are_behind_are_not_served(environment: dict[str, str]) -> None:
    ensure_keys(Path(environment["LEDVEI_INSTANCE"]) / "keys")
    process = start(environment, free_port())
    process.wait(timeout=60)
    assert "ledvei db upgrade" in stop(process)
