"""`ledvei bench`: measure what we promise. The measurements lie in `bench/` of the source tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from ledvei_pwa.platform.assets import PACKAGE

FOLDER = PACKAGE.parent / "bench"


@click.command()
@click.argument("names", nargs=-1)
def bench(names: tuple[str, ...]) -> None:
    """Run all measurements, or those NAMED, one after the other. Needs the source tree and the test parts."""
    if not FOLDER.is_dir():
        raise click.ClickException(
            "The measurements are not part of an installed Ledvei; use the source tree."
        )
    known = measurements(FOLDER)
    unknown = set(names) - set(known)
    if unknown:
        raise click.ClickException(
            f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(known)}"
        )
    for name in names or known:
        click.echo(f"— {name}")
        subprocess.run(  # noqa: S603 — a name out of our own folder
            [sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent, check=True
        )


def measurements(folder: Path) -> list[str]:
    """A measurement is a module of `bench/` with a `main`; what they share begins with an underscore."""
    modules = (path.stem for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_"))
    return [name for name in modules if "def main(" in (folder / f"{name}.py").read_text()]
