"""Who may import whom. The contracts themselves are in setup.cfg; what they cannot say is said here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("ledvei_pwa", exclude_type_checking_imports=True, cache_dir=None)


def feature_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[1:2] == ["features"] and len(parts) > 2 else None


def test_the_contracts_of_setup_cfg_are_kept() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout[-4000:]


def test_features_reach_each_other_through_actions_only(imports: grimp.ImportGraph) -> None:
    foreign = [
        f"{importer} imports {imported}"
        for importer in sorted(imports.modules)
        for imported in sorted(imports.find_modules_directly_imported_by(importer))
        if feature_of(importer) and feature_of(imported) and feature_of(importer) != feature_of(imported)
        if imported.split(".")[3:4] not in (["actions"], ["accounts"])
    ]
    assert foreign == []


def test_nobody_outside_a_feature_reads_its_tables(imports: grimp.ImportGraph) -> None:
    readers = [
        f"{importer} imports {records}"
        for records in sorted(imports.modules)
        if feature_of(records) and records.endswith(".records")
        for importer in sorted(imports.find_modules_that_directly_import(records))
        if feature_of(importer) != feature_of(records)
    ]
    assert readers == []


def test_migrations_do_not_depend_on_the_app() -> None:
    """A migration must do the same in three years, whatever the models are then."""
    dependent = [
        path.name for path in (ROOT / "migrations").glob("[0-9]*.py") if "ledvei_pwa" in path.read_text()
    ]
    assert dependent == []


def test_there_is_no_drawer_for_everything() -> None:
    names = {"utils", "helpers", "common", "misc"}
    drawers = [path for path in (ROOT / "ledvei_pwa").rglob("*.py") if path.stem in names]
    assert drawers == []
