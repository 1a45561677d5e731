"""Write requirements/*.txt: every part of Python, direct or brought along, with the hashes of its files.

    python scripts/pin_parts.py                   what setup.cfg and pyproject.toml ask for; the rest stays
    python scripts/pin_parts.py --upgrade NAME …  these too at the newest version that fits; `all` for all

What is asked for directly stands with its version in setup.cfg, what builds in pyproject.toml. This finds
what they bring along, for every Python from 3.11 on Linux and macOS. It asks PyPI, by uv. A version
that stays keeps the hashes it has: they change with it, or when it is named to --upgrade. Every file holds
one set, less what the sets beside which it is installed hold already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "requirements"
BESIDE: Final[dict[str, tuple[str, ...]]] = {
    "build": (),
    "run": (),
    "scale": ("run",),
    "oidc": ("run",),
    "test": ("run", "scale", "oidc"),
}
# Nothing is built from its sources, since what builds it would come along with no hash. One part has nothing
# but sources: it is built by what build.txt holds.
HEADER: Final = """\
# {about} `make lock` writes this file: do not change it.
--only-binary :all:
--no-binary http-ece
"""
ABOUT: Final = {
    "build": "What builds Ledvei and http-ece; install it first.",
    "run": "What Ledvei needs to serve.",
    "scale": "What many machines need beside run.txt.",
    "oidc": "What sign-in through a provider needs beside run.txt.",
    "test": "What tests and tools need beside run.txt, scale.txt and oidc.txt.",
}
COMPILE: Final = ("pip", "compile", "--universal", "--python-version=3.11", "--quiet")
BARE: Final = ("--no-header", "--no-annotate", "--no-config")
FOR_WINDOWS: Final = re.compile(r"[^\n;]*; sys_platform == 'win32'")


def main() -> None:
    if sys.argv[1:2] not in ([], ["--upgrade"]):
        raise SystemExit(__doc__)
    with TemporaryDirectory() as folder:
        whole = resolve_whole(Path(folder), sys.argv[2:])
        found = entries(whole.read_text(encoding="utf-8"))
        names = {name: names_of(needs(ROOT, name), whole) for name in BESIDE}
    for name, needed in names.items():
        held = {part for beside in BESIDE[name] for part in names[beside]}
        own = [entry for entry in found if name_of(entry) in needed - held]
        text = HEADER.format(about=ABOUT[name]) + "".join(own)
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{len(own):4} parts in requirements/{name}.txt")


def needs(root: Path, name: str) -> list[str]:
    """What one set asks for directly, as setup.cfg and pyproject.toml have it."""
    if name == "build":
        return list(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"])
    written = ConfigParser(interpolation=None)
    written.read(root / "setup.cfg", encoding="utf-8")
    extras = written["options.extras_require"]
    texts = {
        "run": [written["options"]["install_requires"]],
        "scale": [extras["scale"]],
        "oidc": [extras["oidc"]],
        "test": [extras["test"], extras["quality"]],
    }
    return [line for text in texts[name] for line in text.splitlines() if line]


def resolve_whole(folder: Path, upgrades: Iterable[str]) -> Path:
    """All sets at once, so that no part stands in two of them at two versions."""
    whole = folder / "whole.txt"
    before = [entry for file in FOLDER.glob("*.txt") for entry in entries(file.read_text(encoding="utf-8"))]
    whole.write_text("".join(dict.fromkeys(before)), encoding="utf-8")
    asked = "\n".join(line for name in BESIDE for line in needs(ROOT, name))
    chosen = ["--upgrade" if name == "all" else f"--upgrade-package={name}" for name in upgrades]
    uv(*COMPILE, *BARE, *chosen, "--generate-hashes", f"--output-file={whole}", "-", asked=asked)
    return whole


def names_of(needed: list[str], whole: Path) -> set[str]:
    """What these need, with all that it brings along: never a version other than in the whole."""
    answer = uv(*COMPILE, *BARE, f"--constraints={whole}", "-", asked="\n".join(needed))
    return {name_of(entry) for entry in entries(answer)}


def name_of(entry: str) -> str:
    return entry.partition("==")[0]


def uv(*arguments: str, asked: str) -> str:
    program = shutil.which("uv", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]))
    if program is None:
        raise SystemExit("uv is missing: python3 scripts/parts.py test")
    done = subprocess.run(
        [program, *arguments, "--system-certs"], input=asked, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit("Nothing is changed.")
    return done.stdout


def entries(text: str) -> list[str]:
    """Each part, with its hashes where it has them; not the options, nor what Windows alone needs."""
    found = re.findall(r"^[a-z0-9][^\n]*\n(?: +--hash[^\n]*\n)*", text, re.MULTILINE)
    return [entry for entry in found if not FOR_WINDOWS.match(entry)]


if __name__ == "__main__":
    main()
