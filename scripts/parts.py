"""Install what is missing and build what has changed. Needs Python, Node and git, nothing else.

    python3 scripts/parts.py run    what serving needs
    python3 scripts/parts.py test   what the tests and tools need besides

Each step keeps a stamp: a hash of what it was made from. A second run compares hashes and is done.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / ".venv" / ".ledvei-stamps"
VENDOR = ROOT / "ledvei_pwa" / "static" / "vendor"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
PIP = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
NOT_INSTALLED = """
Python's parts are not installed, and a file with another hash than requirements/ says never is.
- "DO NOT MATCH THE HASHES": somebody gives out another file under the same name. See that requirements/ is
  as it was committed (git status), and where your pip gets its files (pip config list). What broke on its way
  goes with `pip cache purge`. If it is the same again, go no further: tell us, as SECURITY.md says.
- "No matching distribution": out of reach now, or not made for this kind of machine. All are made for Linux
  with glibc (x86-64, arm64) and for Macs with Apple's own processors, with Python 3.11 to 3.14.
- You have changed setup.cfg or pyproject.toml: make lock."""


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) > 1 else "run"
    os.chdir(ROOT)
    refuse_old_tools()
    make_environment()
    for_tests = purpose == "test" or has_what_tests_need()
    with ThreadPoolExecutor(2) as two:
        coming = [two.submit(python_parts, for_tests), two.submit(node_parts, for_tests)]
    for ended in coming:
        ended.result()  # what could not be installed stops here
    build_vendor()
    compile_texts()


def python_parts(for_tests: bool) -> None:
    if for_tests:
        install_python_parts("test", ["run", "scale", "oidc", "test"])
    else:
        install_python_parts("run", ["run"])


def node_parts(for_tests: bool) -> None:
    if for_tests:
        install_node_parts("test", [])
    else:
        install_node_parts("run", ["--omit=dev"])


def has_what_tests_need() -> bool:
    """It stays: to install only what serving needs would take it away."""
    return (STAMPS / "node-test").exists() and (ROOT / "node_modules").is_dir()


def refuse_old_tools() -> None:
    if sys.version_info < OLDEST_PYTHON:
        stop(f"Python {sys.version.split()[0]} is too old; 3.11 is needed. Try: make PYTHON=python3.12 …")
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            stop(f"{tool} is missing. Install Node 20 or newer from https://nodejs.org.")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        stop(f"Node {version} is too old; 20 or newer is needed.")


def make_environment() -> None:
    if (VENV / "bin" / "python").exists():
        return
    say("Making the environment in .venv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(f"Python cannot make an environment: {(made.stdout + made.stderr).strip()}")


def install_python_parts(purpose: str, sets: list[str]) -> None:
    """Each file is held to its hash in requirements/; Ledvei itself, which has none, comes last and alone."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    sources = [*locks, *(ROOT / name for name in ("setup.cfg", "setup.py", "pyproject.toml"))]

    def install() -> None:
        say("Installing Python parts")
        install_held("build")
        install_held(*sets)
        run([*PIP, "--no-deps", "--no-build-isolation", "--editable", "."])

    # What the tests need holds all that serving needs.
    if not is_fresh("python-test", sources):
        once(f"python-{purpose}", sources, install)


def install_held(*sets: str) -> None:
    files = [f"--requirement=requirements/{name}.txt" for name in sets]
    run([*PIP, "--require-hashes", "--no-build-isolation", *files], advice=NOT_INSTALLED)


def install_node_parts(purpose: str, options: list[str]) -> None:
    sources = [ROOT / "package.json", ROOT / "package-lock.json"]

    def install() -> None:
        say("Installing front-end parts")
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", *options])

    present = (ROOT / "node_modules").is_dir()
    if not (present and is_fresh("node-test", sources)):
        if not present:
            forget("node-run", "node-test")
        once(f"node-{purpose}", sources, install)


def build_vendor() -> None:
    static = ROOT / "ledvei_pwa" / "static"
    sources = [ROOT / "package-lock.json", *ROOT.glob("scripts/*.mjs")]
    sources += [
        *static.glob("css/**/*.css"),
        *static.glob("js/**/*.js"),
        *ROOT.glob("ledvei_pwa/templates/**/*.html"),
    ]

    def build() -> None:
        say("Building static/vendor")
        run(["node", "scripts/build-vendor.mjs"], quiet=True)

    if not VENDOR.is_dir():
        forget("vendor")
    once("vendor", sources, build)


def compile_texts() -> None:
    catalogues = [*ROOT.glob("translations/*/LC_MESSAGES/messages.po")]

    def compile_all() -> None:
        run([str(VENV / "bin" / "python"), "scripts/catalogues.py", "--compile"], quiet=True)

    if not all(catalogue.with_suffix(".mo").exists() for catalogue in catalogues):
        forget("texts")
    once("texts", catalogues, compile_all)


def once(name: str, sources: Iterable[Path], step: Callable[[], None]) -> None:
    """Take the step unless its stamp says that it was made from the very same sources."""
    sources = list(sources)
    if is_fresh(name, sources):
        return
    step()
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(fingerprint(sources))


def is_fresh(name: str, sources: Iterable[Path]) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == fingerprint(sources)


def forget(*names: str) -> None:
    for name in names:
        (STAMPS / name).unlink(missing_ok=True)


def fingerprint(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(ROOT).encode())
    for path in sorted(sources):
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def run(command: list[str], *, quiet: bool = False, advice: str = "") -> None:
    output = subprocess.PIPE if quiet else None
    ended = subprocess.run(
        command, stdout=output, stderr=subprocess.STDOUT if quiet else None, text=True, check=False
    )
    if ended.returncode:
        stop(f"{ended.stdout or ''}\nThis failed: {' '.join(command)}{advice}")


def say(text: str) -> None:
    print(text, flush=True)


def stop(text: str) -> None:
    print(text, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
