"""Which scripts belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledvei_pwa.shell.modules import ModuleMissingError, Scripts, fingerprint, scripts_of
from ledvei_pwa.shell.worker import worker_source


@pytest.fixture
def static(tmp_path: Path) -> Path:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write(
        "js/app.js",
        'import { a } from "./ui/a.js"\nimport {\n  b,\n} from "./b.js"\nconst text = "./not.js"\n',
    )
    write("js/ui/a.js", 'export { c } from "../c.js"\nexport function say() {\n  return "./neither.js"\n}\n')
    write("js/b.js", 'import "../vendor/part.js"\n/** @typedef {import("./type.js").T} T */\n')
    write("js/c.js", "export const c = 1\n")
    write("js/unused.js", "export const d = 1\n")
    write("vendor/part.js", 'import{x}from"./inside.js"')
    write("js/worker/main.js", "export const e = 1\n")
    write(
        "sw.js", 'import { e } from "./js/worker/main.js"\n\nconst BUILD = "development"\nconst FILES = []\n'
    )
    return tmp_path


def test_all_that_is_imported_is_found_once_and_the_nearest_first(static: Path) -> None:
    found = scripts_of(static, "js/app.js")
    assert found.now == ["js/app.js", "js/ui/a.js", "js/b.js", "js/c.js", "vendor/part.js"]


def test_what_is_imported_later_is_found_too_and_types_in_comments_are_not(static: Path) -> None:
    (static / "js/later.js").write_text('import { c } from "./c.js"\nimport { d } from "./unused.js"\n')
    (static / "js/c.js").write_text('export const c = () => import("./later.js")\n')
    found = scripts_of(static, "js/app.js")
    assert found.later == ["js/later.js", "js/unused.js"]
    assert "js/later.js" not in found.now


def test_a_script_that_imports_what_is_not_there_is_not_served(static: Path) -> None:
    (static / "js/c.js").unlink()
    with pytest.raises(ModuleMissingError, match=r"js/c\.js"):
        scripts_of(static, "js/app.js")


def test_the_worker_is_pointed_at_its_build(static: Path) -> None:
    source = worker_source(static, "abc")
    assert 'from "/static/abc/js/worker/main.js"' in source
    assert 'const BUILD = "abc"' in source
    assert '"/static/abc/js/app.js"' in source


def test_another_build_is_another_worker(static: Path) -> None:
    assert worker_source(static, "abc") != worker_source(static, "abd")


def test_a_worker_that_has_lost_its_places_is_not_served(static: Path) -> None:
    (static / "sw.js").write_text("const BUILD = 1\n")
    with pytest.raises(RuntimeError, match=r"static/sw\.js"):
        worker_source(static, "abc")


def bundle(static: Path, made_from: str) -> None:
    (static / "vendor/js").mkdir()
    bundles = {
        "js/app.js": {"now": ["vendor/js/app.js"], "later": ["vendor/js/app-1.js"]},
        "js/worker/main.js": {"now": ["vendor/js/worker.js"], "later": []},
    }
    (static / "vendor/js/files.json").write_text(json.dumps({"made_from": made_from, "bundles": bundles}))


def test_a_bundle_of_these_very_scripts_is_served_in_their_place(static: Path) -> None:
    bundle(static, fingerprint(static))
    assert scripts_of(static, "js/app.js") == Scripts(["vendor/js/app.js"], ["vendor/js/app-1.js"])
    source = worker_source(static, "abc")
    assert 'from "/static/abc/vendor/js/worker.js"' in source
    assert '"/static/abc/vendor/js/app-1.js"' in source


def test_a_bundle_of_other_scripts_is_not_served(static: Path) -> None:
    bundle(static, fingerprint(static))
    (static / "js/c.js").write_text("export const c = 2\n")
    assert scripts_of(static, "js/app.js").now[0] == "js/app.js"


def test_without_a_bundle_the_scripts_themselves_are_served(static: Path) -> None:
    assert scripts_of(static, "js/worker/main.js") == Scripts(["js/worker/main.js"], [])
