"""Say which parts of requirements/ and package-lock.json have known holes, and which are outdated.

    python scripts/audit.py

Asks PyPI by pip-audit, which must be installed beside (`pipx install pip-audit`: it brings many parts that
Ledvei has no use for), and npm by its own command. Ends with 1 when there is a hole, and with 2 when somebody
could not be asked: no answer is not a good answer. SECURITY.md has the deadlines.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = [f"requirements/{file.name}" for file in sorted((ROOT / "requirements").glob("*.txt"))]
PIP_AUDIT: Final = (
    *("pip-audit", "--require-hashes", "--disable-pip", "--format=json"),
    *(f"--requirement={lock}" for lock in LOCKS),
)
NPM_AUDIT: Final = ("npm", "audit", "--json")
PIP_OUTDATED: Final = (sys.executable, "-m", "pip", "list", "--outdated", "--format", "json")
NPM_OUTDATED: Final = ("npm", "outdated", "--json")


def main() -> int:
    holes = [holes_of_pip(ask(*PIP_AUDIT)), holes_of_npm(ask(*NPM_AUDIT))]
    for asked, found in zip(("PyPI", "npm"), holes, strict=True):
        print(f"{asked}: could not be asked" if found is None else f"{asked}: {len(found)} known holes")
        print("".join(f"  {line}\n" for line in found or []), end="")
    print("Outdated:")
    outdated = [*outdated_of_pip(ask(*PIP_OUTDATED)), *outdated_of_npm(ask(*NPM_OUTDATED))]
    print("".join(f"  {line}\n" for line in outdated), end="")
    return 1 if any(holes) else 2 if None in holes else 0


def ask(*command: str) -> Any:
    """What it answers, as JSON; None when it is not there or answers something else."""
    if shutil.which(command[0]) is None:
        return None
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(asked.stdout)
    except ValueError:
        return None


def holes_of_pip(answer: Any) -> list[str] | None:
    """A line for each hole, with what mends it. None: nobody has answered."""
    parts = answer.get("dependencies") if isinstance(answer, dict) else None
    if not isinstance(parts, list) or any("skip_reason" in part for part in parts):
        return None
    return [
        f"{part['name']} {part['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or '–'}"
        for part in parts
        for hole in part.get("vulns", [])
    ]


def holes_of_npm(answer: Any) -> list[str] | None:
    """The same; npm also says how grave it is."""
    parts = answer.get("vulnerabilities") if isinstance(answer, dict) else None
    if not isinstance(parts, dict):
        return None
    return [f"{name} {part['range']}: {part['severity']}" for name, part in sorted(parts.items())]


def outdated_of_pip(answer: Any) -> Iterator[str]:
    for part in answer or []:
        yield f"{part['name']} {part['version']} → {part['latest_version']}"


def outdated_of_npm(answer: Any) -> Iterator[str]:
    for name, part in (answer or {}).items():
        yield f"{name} {part['current']} → {part['latest']}"


if __name__ == "__main__":
    sys.exit(main())
