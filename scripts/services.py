"""What the tests need around them: missing Debian packages, a PostgreSQL and a Redis of their own.

Both servers keep everything in a temporary folder, listen on this machine only, on a free port, and are gone
afterwards. PostgreSQL refuses to run as root, so root lends the folder to the user `postgres`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_START = 30  # seconds


def postgresql_folder() -> Path | None:
    """The programs of the newest PostgreSQL on this machine."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def there(program: str) -> Callable[[], bool]:
    return lambda: shutil.which(program) is not None


# Debian's name of each package, and how to see whether it is there under whatever name.
NEEDED: dict[str, Callable[[], bool]] = {
    "chromium": there("chromium"),
    "firefox-esr": there("firefox-esr"),
    "webkit2gtk-driver": there("WebKitWebDriver"),
    "xvfb": there("Xvfb"),
    "xauth": there("xauth"),
    "postgresql": lambda: postgresql_folder() is not None,
    "redis-server": there("redis-server"),
    "hunspell": there("hunspell"),
    "hunspell-no": lambda: Path("/usr/share/hunspell/nb_NO.dic").exists(),
}


def install_missing() -> None:
    """Ask apt for what is missing; without apt or the right to use it, say what is missing and stop."""
    missing = [package for package, is_there in NEEDED.items() if not is_there()]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(
            f"The tests need these Debian packages: {' '.join(missing)}\nInstall them and try again."
        )
    print(f"Installing {' '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=quiet, check=True)
    install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends"]
    subprocess.run([*install, *missing], env=quiet, check=True, stdout=subprocess.DEVNULL)


# As an operator's role should be: it may make databases, and stands above no policy of theirs. The tests put
# tables back in any order, and so may let foreign keys wait.
ROLE = "CREATE ROLE ledvei LOGIN CREATEDB; GRANT SET ON PARAMETER session_replication_role TO ledvei"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a new, empty cluster. Durability is off: nothing in it outlives the tests.

    So is the counting of rows behind one's back: a plan should be the same in every run.
    """
    programs = postgresql_folder()
    if programs is None:
        raise SystemExit("PostgreSQL is missing.")
    with tempfile.TemporaryDirectory(prefix="ledvei-postgresql-", dir="/tmp") as name:
        folder = Path(name)
        lend_to_postgres(folder)
        data, port = folder / "data", free_port()
        fast = "fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"
        place = f"listen_addresses=127.0.0.1 port={port} unix_socket_directories={folder}"
        settings = [
            part for setting in (*place.split(), "max_connections=200", *fast) for part in ("-c", setting)
        ]
        initialise = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        ]
        subprocess.run([*as_postgres(), *initialise], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        server = [*as_postgres(), str(programs / "postgres"), "-D", str(data), *settings]
        with running(server, port, log=folder / "log", cwd=folder, stop="INT"):
            wait_until_ready(programs, port)
            make_role(programs, port)
            yield f"postgresql://ledvei@127.0.0.1:{port}/postgres"


def wait_until_ready(programs: Path, port: int) -> None:
    """It takes connections before it answers them: on a busy machine, seconds before."""
    until = time.monotonic() + LONGEST_START
    asked = [str(programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}"]
    while subprocess.run(asked, check=False).returncode and time.monotonic() < until:
        time.sleep(0.1)


def make_role(programs: Path, port: int) -> None:
    ask = ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-q", "-c"]
    subprocess.run(
        [*as_postgres(), str(programs / ask[0]), *ask[1:], ROLE],
        check=True,
        cwd="/",
    )


@contextmanager
def redis() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="ledvei-redis-") as name:
        folder, port = Path(name), free_port()
        own = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", name]
        with running(["redis-server", *own], port, log=folder / "log", cwd=folder, stop="TERM"):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def running(command: list[str], port: int, *, log: Path, cwd: Path, stop: str) -> Iterator[None]:
    """Run a server until the block ends; its log is shown when it does not come up."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, start_new_session=True
        )
    try:
        wait_for(port, process, log)
        yield
    finally:
        # runuser keeps the server as its child: the signal goes to both.
        subprocess.run(["kill", f"-{stop}", "--", f"-{process.pid}"], check=False, stderr=subprocess.DEVNULL)
        process.wait(LONGEST_START)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"A server for the tests did not come up:\n{log.read_text(errors='replace')}")


def lend_to_postgres(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def as_postgres() -> list[str]:
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
