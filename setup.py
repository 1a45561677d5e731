"""All settings are in setup.cfg. This adds two top-level folders that an installed Ledvei needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent


class BuildWithFolders(build_py):
    """migrations/ and translations/ stand at the top of the source tree and inside the package in a wheel."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            refuse_unbuilt()
            for name in ("migrations", "translations"):
                shutil.copytree(
                    ROOT / name,
                    Path(self.build_lib) / "ledvei_pwa" / name,
                    dirs_exist_ok=True,
                    ignore=LEFT_OUT,
                )


LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pot", "glossary*")


def refuse_unbuilt() -> None:
    """A wheel without its built parts would install and then not work."""
    needed = [
        ROOT / "ledvei_pwa" / "static" / "vendor",
        *(ROOT / "translations" / language for language in ("nb", "nn")),
    ]
    needed += [ROOT / "translations" / language / "LC_MESSAGES" / "messages.mo" for language in ("nb", "nn")]
    missing = [str(path.relative_to(ROOT)) for path in needed if not path.exists()]
    if missing:
        raise SetupError(f"Build {', '.join(missing)} first: python3 scripts/parts.py run")


setup(cmdclass={"build_py": BuildWithFolders})
