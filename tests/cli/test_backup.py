"""`ledvei backup` and `ledvei restore`, run for real in a folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ledvei_pwa.cli.backup import unused
from ledvei_pwa.cli.start import working_app
from ledvei_pwa.features.people.actions import every_service, people_in_service
from ledvei_pwa.features.people.records import CodeApp, Person
from ledvei_pwa.platform import backups
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.health import check_backup
from ledvei_pwa.platform.registry import house
from tests.support.installed import NAME, Here, opened_settings
from tests.support.serving import free_port

pytestmark = pytest.mark.one_database
PLACE = ("code_app", "1", "secret")
PHRASE = "Fjellrype under brua"
PLANTED = [PHRASE, NAME, "Kari Nes", "kari@fjordby.no"]


@pytest.fixture(scope="module")
def a_written_service(a_service: Path, tmp_path_factory: pytest.TempPathFactory) -> Here:
    """With one text, a recovery key in `paper`, and a backup. Temporary files come into its own folder."""
    folder = tmp_path_factory.mktemp("written")
    shutil.copytree(a_service / "instance", folder / "instance")
    (folder / "temporary").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(folder / "temporary"))
        here = Here(folder, patched)
        keep_a_text(here)
        shown = here.run("keys", "recovery", "--yes").stdout
        (folder / "paper").write_text(next(word for word in shown.split() if word.startswith("AGE-")))
        made = here.run("backup", "backup.age")
        assert made.exit_code == 0, made.output
        assert list((folder / "temporary").iterdir()) == []
    return here


@pytest.fixture
def written(a_written_service: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """A copy of it, to be changed."""
    shutil.copytree(a_written_service.folder, tmp_path / "copy")
    monkeypatch.setenv("LEDVEI_PORT", str(free_port()))
    return Here(tmp_path / "copy", monkeypatch)


def keep_a_text(here: Here) -> None:
    now = datetime.now(UTC)
    with working_app(opened_settings(here)):
        service = every_service()[0].id
        (person,) = people_in_service(service, now=now)
        secret = house().keyring.encrypt(service, PLACE, PHRASE)
        named = {"service_id": service, "person_id": person.id, "secret": secret}
        db.session.add(CodeApp(id="1", last_step=0, created_at=now, **named))
        db.session.commit()


def restored(written: Here, *options: str, instance: str = "instance") -> str:
    told = written.run(
        "restore",
        "backup.age",
        "--key-file",
        "paper",
        *options,
        LEDVEI_INSTANCE=str(written.folder / instance),
    )
    assert told.exit_code == 0, told.output
    return told.stdout


def text_in(written: Here, instance: str = "instance") -> str:
    with working_app(opened_settings(written, LEDVEI_INSTANCE=str(written.folder / instance))):
        row = db.session.get_one(CodeApp, "1")
        return house().keyring.decrypt(row.service_id, PLACE, row.secret)


def rename_kari(written: Here) -> None:
    with working_app(opened_settings(written)):
        person = db.session.scalars(select(Person)).one()
        person.name = "Somebody Later"
        db.session.commit()


def name_in(written: Here) -> str:
    with working_app(opened_settings(written)):
        return db.session.scalars(select(Person.name)).one()


def test_a_backup_shows_none_of_what_is_in_it_and_opens_with_the_key_on_paper(written: Here) -> None:
    content = (written.folder / "backup.age").read_bytes()
    assert [phrase for phrase in PLANTED if phrase.encode() in content] == []
    assert b"AGE-SECRET" not in b"".join(path.read_bytes() for path in written.keys.iterdir())
    told = written.run("backup", "--check", "backup.age", "--key-file", "paper")
    assert told.exit_code == 0, told.output
    assert "1 texts that open" in told.stdout
    assert NAME in told.stdout


def test_a_backup_brings_everything_back_into_an_empty_folder(written: Here) -> None:
    told = restored(written, instance="elsewhere")
    assert f"{NAME}: its devices will send again." in told
    assert text_in(written, "elsewhere") == PHRASE
    instance = written.folder / "elsewhere"
    assert sorted(path.name for path in instance.iterdir() if "sqlite3-" not in path.name) == [
        "keys",
        "ledvei.sqlite3",
    ]


def test_a_service_that_is_there_is_replaced_only_when_told_and_put_aside(written: Here) -> None:
    rename_kari(written)
    refused = written.run("restore", "backup.age", "--key-file", "paper")
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert name_in(written) == "Somebody Later"
    restored(written, "--replace")
    assert name_in(written) == "Kari Nes"
    (aside,) = (written.folder / "instance").glob("before-restore-*")
    assert {"keys", "ledvei.sqlite3"} <= {path.name for path in aside.iterdir()}


def test_a_damaged_backup_or_a_wrong_key_replaces_nothing(written: Here) -> None:
    path = written.folder / "backup.age"
    rename_kari(written)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    cut = written.run("restore", "backup.age", "--replace", "--key-file", "paper")
    path.write_bytes(content)
    (written.folder / "other").write_text("AGE-SECRET-KEY-1" + "Q" * 58)
    wrong = written.run("restore", "backup.age", "--replace", "--key-file", "other")
    assert (cut.exit_code, wrong.exit_code) == (1, 1)
    assert "damaged or cut off" in cut.stderr
    assert "recovery key" in wrong.stderr
    assert name_in(written) == "Somebody Later"
    assert text_in(written) == PHRASE


def test_broken_off_while_old_and_new_change_places_nothing_starts_until_it_is_done_again(
    written: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(path: Path, folder: Path) -> None:
        if path.name == "ledvei.sqlite3":
            raise KeyboardInterrupt
        path.rename(folder / path.name)

    with monkeypatch.context() as cut:
        cut.setattr(sys.modules["ledvei_pwa.cli.backup"], "move", power_cut)
        assert written.run("restore", "backup.age", "--replace", "--key-file", "paper").exit_code != 0
    refused = written.run("invite", "kari@fjordby.no")
    assert refused.exit_code == 1
    assert "restore" in refused.stderr
    restored(written)
    assert text_in(written) == PHRASE


def test_what_two_tries_in_the_same_second_put_aside_is_both_kept(tmp_path: Path) -> None:
    first = unused(tmp_path / "before-restore-20261122T002900Z")
    first.mkdir()
    second = unused(first)
    second.mkdir()
    assert [first.name, second.name, unused(first).name] == [
        "before-restore-20261122T002900Z",
        "before-restore-20261122T002900Z-2",
        "before-restore-20261122T002900Z-3",
    ]


def test_without_a_recovery_key_it_says_how_to_make_one(installed: Here) -> None:
    refused = installed.run("backup", "backup.age")
    assert refused.exit_code == 1
    assert "ledvei keys recovery" in refused.stderr
    assert not (installed.folder / "backup.age").exists()


def test_a_recovery_key_counts_only_when_it_was_written_down(installed: Here) -> None:
    refused = installed.run("keys", "recovery", typed="WRONG6\n")
    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.stderr
    assert installed.run("backup", "backup.age").exit_code == 1


def test_each_night_there_is_one_more_and_the_oldest_go(written: Here) -> None:
    folder = written.folder / "nightly"
    folder.mkdir()
    shutil.copy(written.folder / "paper", folder / "somebody's own.age")
    settings = opened_settings(written, LEDVEI_BACKUP_FOLDER=str(folder), LEDVEI_BACKUP_KEEP="2")
    first = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    with working_app(settings):
        assert not check_backup(house(), first).ok
        for hours in (0, 1, 24, 48):
            backups.back_up_when_due(first + timedelta(hours=hours))
        assert check_backup(house(), first + timedelta(hours=50)).ok
        old = check_backup(house(), first + timedelta(hours=48 + 37))
    assert not old.ok
    assert "2026-11-23" in old.seen
    assert sorted(path.name for path in folder.iterdir()) == [
        "ledvei-20261122T020000Z.age",
        "ledvei-20261123T020000Z.age",
        "somebody's own.age",
    ]
