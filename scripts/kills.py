"""Kill the browser and the server again and again, and say what was lost: nothing. `KILLS` says how often.

Last come the figures. Without `KILLS`: the browser 50 times, the server 100 times on each database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import services

ROOT = Path(__file__).resolve().parent.parent
BROWSER, SERVER = "tests/browser/test_kills.py", "tests/sync/test_killed_server.py"
OF_BROWSER, OF_SERVER = "50", "100"


def main() -> None:
    os.chdir(ROOT)
    services.install_missing()
    with tempfile.TemporaryDirectory() as folder, services.postgresql() as postgresql:
        figures = Path(folder) / "figures"
        figures.touch()
        ended = [
            kill(BROWSER, OF_BROWSER, figures),
            kill(SERVER, OF_SERVER, figures),
            kill(SERVER, OF_SERVER, figures, LEDVEI_TEST_DATABASE_URL=postgresql),
        ]
        print(f"\n{figures.read_text().strip()}")
    raise SystemExit(0 if all(ended) else 1)


def kill(test: str, often: str, figures: Path, **more: str) -> bool:
    """Whether nothing was lost."""
    environment = {"KILLS": often, **os.environ, "KILLS_FIGURES": str(figures), **more}
    command = [sys.executable, "-m", "pytest", "--quiet", test]
    return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    main()
