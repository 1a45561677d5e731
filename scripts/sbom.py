"""Write dist/ledvei.cdx.json: every part of Ledvei, as pinned, in CycloneDX 1.6 (ECMA-424). Needs no network.

    python scripts/sbom.py [FILE]

Python's parts are those of requirements/, npm's those of package-lock.json, both with their hashes. What a
running Ledvei holds has the scope "required", what only some installations hold "optional", and what builds
and tests it "excluded". The same pins give the same file, whenever it is made.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "dist" / "ledvei.cdx.json"
US: Final = "ledvei-pwa"
# The files in requirements/; the first that has a part says what it is for.
SCOPES: Final = {
    "run": "required",
    "scale": "optional",
    "oidc": "optional",
    "build": "excluded",
    "test": "excluded",
}
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
    """The whole document. `root` holds requirements/ and package-lock.json."""
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
    found: dict[str, Part] = {}
    for name, scope in SCOPES.items():
        for part_name, version, hashes in pins(root / "requirements" / f"{name}.txt"):
            made = python_part(part_name, version, scope, hashes)
            found.setdefault(made["purl"], made)
    yield from found.values()


def pins(file: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version, and the SHA-256 of each file that has the version, in hexadecimal."""
    text = file.read_text(encoding="utf-8")
    for name, version, rest in re.findall(r"^([a-z0-9][^\s=]*)==(\S+)(.*\n(?: +.*\n)*)", text, re.MULTILINE):
        yield name, version, re.findall(r"--hash=sha256:([0-9a-f]{64})\b", rest)


def python_part(name: str, version: str, scope: str, hashes: list[str]) -> Part:
    """A version has a file for each kind of machine. All stand for one part, so their hashes are not its own:
    they are those of where it is given out."""
    purl = f"pkg:pypi/{name}@{version}"
    given_out = {
        "type": "distribution",
        "url": purl,
        "comment": "One hash for each file of this version; the machine decides which one is installed.",
        "hashes": [{"alg": "SHA-256", "content": each} for each in hashes],
    }
    return part(purl, name, version, scope) | {"externalReferences": [given_out]} | license_of(name)


def own_words(root: Path) -> ConfigParser:
    written = ConfigParser(interpolation=None)
    written.read(root / "setup.cfg", encoding="utf-8")
    return written


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
