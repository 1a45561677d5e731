"""Write dist/ledvei.cdx.json: every part of Ledvei, as pinned, in CycloneDX 1.6 (ECMA-424). Needs no network.

    python scripts/sbom.py [FILE]

Python's parts are those of constraints.txt, npm's those of package-lock.json, with its hashes.
Who needs whom is asked of the parts that are installed here. What a running Ledvei holds has the scope
"required", what only larger installations hold "optional", and what builds and tests it "excluded". The same
pins and parts give the same file, whenever it is made.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "dist" / "ledvei.cdx.json"
US: Final = "ledvei-pwa"
# What is needed to build what the browser gets, and is not sent there itself.
BUILDS_ONLY: Final = re.compile(r"esbuild$|@esbuild/")

Part = dict[str, Any]


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    made = bill(ROOT)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(made['components'])} parts in {file}")


def bill(root: Path) -> Part:
    """The whole document. `root` holds the two files of pins."""
    parts = sorted([*python_parts(root), *node_parts(root)], key=lambda part: str(part["purl"]))
    itself = {
        "type": "application",
        "bom-ref": US,
        "name": US,
        "version": own_words(root)["metadata"]["version"],
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(parts))}",
        "version": 1,
        "metadata": {"component": {**itself, "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": parts,
    }


# --- Python ---------------------------------------------------------------------------------------


def python_parts(root: Path) -> Iterator[Part]:
    served, scaled = brought_along(root), brought_along(root, extras=["scale"])
    for name, version in pins(root):
        key = canonicalize_name(name)
        scope = "required" if key in served else "optional" if key in scaled else "excluded"
        yield part(f"pkg:pypi/{key}@{version}", name, version, scope) | license_of(name)


def pins(root: Path) -> Iterator[tuple[str, str]]:
    for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            yield name, version


def brought_along(root: Path, *, extras: Iterable[str] = ()) -> set[str]:
    """All that Ledvei itself needs, and what that needs, with some of its extras."""
    waiting, found = own_needs(root, extras), set[str]()
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        if name not in found:
            found.add(name)
            waiting += needs_of(name, ["", *need.extras])
    return found


def own_needs(root: Path, extras: Iterable[str]) -> list[Requirement]:
    """As setup.cfg has them: what is installed may be of an earlier day."""
    written = own_words(root)
    lists = [written["options"]["install_requires"]]
    lists += [written["options.extras_require"][extra] for extra in extras]
    return [Requirement(line) for needs in lists for line in needs.split("\n") if line]


def own_words(root: Path) -> ConfigParser:
    written = ConfigParser(interpolation=None)
    written.read(root / "setup.cfg", encoding="utf-8")
    return written


def needs_of(name: str, extras: Iterable[str]) -> list[Requirement]:
    """Of a part that is installed here; what is not brings nothing."""
    try:
        texts = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    return [need for text in texts if is_needed(need := Requirement(text), extras)]


def is_needed(need: Requirement, extras: Iterable[str]) -> bool:
    return need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)


def license_of(name: str) -> Part:
    """As the part itself says it, when it says it in the words of SPDX."""
    try:
        expression = distribution(name).metadata.get("License-Expression")
    except PackageNotFoundError:
        return {}
    return {"licenses": [{"expression": expression}]} if expression else {}


# --- npm ------------------------------------------------------------------------------------------


def node_parts(root: Path) -> Iterator[Part]:
    """One for each name and version, in however many places it lies. Required where one of them needs it."""
    locked = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found: dict[str, Part] = {}
    for place, entry in locked.items():
        if place:
            made = node_part(place.rpartition("node_modules/")[2], entry)
            before = found.get(made["purl"])
            if before is None or before["scope"] == "excluded":
                found[made["purl"]] = made
    yield from found.values()


def node_part(name: str, entry: Part) -> Part:
    is_sent = not entry.get("dev") and not BUILDS_ONLY.match(name)
    purl = f"pkg:npm/{quote(name, safe='/')}@{entry['version']}"
    made = part(purl, name, entry["version"], "required" if is_sent else "excluded")
    if entry.get("license"):
        made["licenses"] = [{"expression": entry["license"]}]
    if hashes := [as_hash(each) for each in entry.get("integrity", "").split()]:
        made["hashes"] = hashes
    return made


def as_hash(integrity: str) -> dict[str, str]:
    """From `sha512-…` in base64 to the standard's name and hexadecimal."""
    name, _, content = integrity.partition("-")
    return {"alg": name.upper().replace("SHA", "SHA-"), "content": b64decode(content).hex()}


def part(purl: str, name: str, version: str, scope: str) -> Part:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "scope": scope,
        "purl": purl,
    }


if __name__ == "__main__":
    main()
