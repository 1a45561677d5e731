"""A PostgreSQL of our own that waits for the disk, kept in a folder between runs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.services import as_postgres, free_port, lend_to_postgres, postgresql_folder, running


@contextmanager
def durable_postgresql(folder: Path) -> Iterator[str]:
    """The address of the cluster in that folder, up to the database's name. Its settings are Debian's."""
    programs = postgresql_folder()
    if programs is None:
        raise SystemExit("PostgreSQL is missing.")
    data, port = folder / "data", free_port()
    folder.mkdir(exist_ok=True)
    lend_to_postgres(folder)
    if not data.exists():
        who = ["-U", "ledvei", "-A", "trust", "-E", "UTF8"]
        initialise = [*as_postgres(), str(programs / "initdb"), "-D", str(data), *who]
        subprocess.run(initialise, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    place = f"listen_addresses=127.0.0.1 port={port} unix_socket_directories={folder} max_wal_size=4GB"
    settings = [part for setting in place.split() for part in ("-c", setting)]
    server = [*as_postgres(), str(programs / "postgres"), "-D", str(data), *settings]
    with running(server, port, log=folder / "log", cwd=folder, stop="INT"):
        is_ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", f"{port}"]
        while subprocess.run(is_ready, check=False).returncode:
            time.sleep(0.5)  # after it was killed it first reads its log
        yield f"postgresql+psycopg://ledvei@127.0.0.1:{port}/"
