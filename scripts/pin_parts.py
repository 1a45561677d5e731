"""Write constraints.txt: every part, direct or brought along, at the version that is installed now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_LINE = "# Every part, at the version that was tested. `make constraints` writes this file.\n"


def main() -> None:
    listed = [sys.executable, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "pip"]
    pins = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    kept = [pin for pin in pins if "==" in pin and not pin.startswith("ledvei")]
    (ROOT / "constraints.txt").write_text(FIRST_LINE + "\n".join(kept) + "\n")
    print(f"{len(kept)} parts pinned")


if __name__ == "__main__":
    main()
