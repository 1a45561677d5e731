"""The `ledvei` command, run for real in an empty folder."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, text

from ledvei_pwa.cli import main
from ledvei_pwa.cli.start import working_app
from ledvei_pwa.features.people import accounts
from ledvei_pwa.features.people.actions import every_service
from ledvei_pwa.features.people.records import Person
from ledvei_pwa.platform import database, reads, sessions
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.platform.reads import Reader, Text, Way
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import SignInSession, Strength
from ledvei_pwa.settings import Settings
from tests.support.serving import Installation

pytestmark = pytest.mark.one_database
NAME = "Fjordby barnevernsteneste"


class Here:
    """The command run inside this process, in a folder: the same code as from a shell, ten times as fast."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.real = Installation(folder)  # and as a process of its own, where that is what is tested
        self._monkeypatch = monkeypatch
        for name in ("LEDVEI_INSTANCE", "LEDVEI_DATABASE_URL", "LEDVEI_BASE_URL", "HOST", "PORT"):
            monkeypatch.delenv(name, raising=False)

    def run(self, *arguments: str, **environment: str) -> Result:
        self._monkeypatch.chdir(self.folder)
        return CliRunner(env=environment).invoke(main, arguments, prog_name="ledvei")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def a_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `ledvei init`, to be copied."""
    folder = tmp_path_factory.mktemp("installed")
    Installation(folder).run("init", *given())
    return folder


@pytest.fixture
def installed(a_service: Path, empty: Here) -> Here:
    shutil.copytree(a_service / "instance", empty.folder / "instance")
    return empty


def given(email: str = "kari@fjordby.no") -> tuple[str, ...]:
    return ("--name", NAME, "--language", "nn", "--leader", "Kari Nes", "--email", email)


def test_help_says_how_to_begin(empty: Here) -> None:
    text = empty.run("--help").stdout
    assert "ledvei init" in text
    assert "LEDVEI_BASE_URL" in text


@pytest.mark.parametrize(
    "command",
    ["init", "invite", "serve", "worker", "demo", "links", "doctor", "db", "restored", "audit", "bench"],
)
def test_every_command_explains_itself(empty: Here, command: str) -> None:
    assert len(empty.run(command, "--help").stdout) > 150


def test_help_leaves_nothing_behind(empty: Here) -> None:
    empty.run("--help")
    assert list(empty.folder.iterdir()) == []


def test_init_makes_a_service_and_prints_its_leaders_link(empty: Here) -> None:
    made = empty.run("init", *given())
    assert made.exit_code == 0, made.stderr
    assert re.search(r"http://localhost:8000/invitation/[\w-]{40,}", made.stdout)


def test_what_init_makes_is_for_nobody_elses_eyes(installed: Here) -> None:
    assert (installed.folder / "instance").stat().st_mode & 0o077 == 0


def test_init_refuses_a_second_service(installed: Here) -> None:
    again = installed.run("init", *given("other@fjordby.no"))
    assert again.exit_code == 1
    assert "--another" in again.stderr


def test_init_adds_another_service_when_told(installed: Here) -> None:
    assert installed.run("init", *given("other@fjordby.no"), "--another").exit_code == 0


def test_an_email_is_one_persons_in_all_services(installed: Here) -> None:
    again = installed.run("init", *given(), "--another")
    assert again.exit_code == 1
    assert "one person's" in again.stderr


@pytest.mark.parametrize("email", ["kari", "kari@", "@fjordby.no", "kari nes@fjordby.no"])
def test_init_refuses_what_is_no_email_and_makes_nothing(empty: Here, email: str) -> None:
    assert empty.run("init", *given(email)).exit_code == 1
    assert list(empty.folder.iterdir()) == []


def test_invite_makes_a_new_link_for_somebody_who_is_there_and_ends_the_earlier_one(installed: Here) -> None:
    links = []
    for _ in range(2):
        made = installed.run("invite", " Kari@fjordby.no ")
        assert made.exit_code == 0, made.stderr
        links += re.findall(r"/invitation/([\w-]{40,})", made.stdout)
    with opened(installed):
        usable = [accounts.find_invitation(link, now=datetime.now(UTC)) is not None for link in links]
    assert usable == [False, True]


def test_invite_makes_nobody_new(installed: Here) -> None:
    refused = installed.run("invite", "nobody@fjordby.no")
    assert refused.exit_code == 1
    assert "nobody@fjordby.no" in refused.stderr


def test_the_demo_keeps_its_hands_off_a_real_service(installed: Here) -> None:
    refused = installed.run("demo")
    assert refused.exit_code == 1
    assert "real service" in refused.stderr


def test_there_are_no_sign_in_links_to_real_people(installed: Here) -> None:
    refused = installed.run("links", "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_commands_before_init_say_what_to_do(empty: Here) -> None:
    refused = empty.run("serve")
    assert refused.exit_code == 1
    assert "ledvei init" in refused.stderr
    assert isinstance(refused.exception, SystemExit)


def test_after_a_backup_was_put_back_every_service_has_a_new_epoch(installed: Here) -> None:
    installed.run("init", *given("other@fjordby.no"), "--another")
    before = epochs(installed)
    told = installed.run("restored")
    assert told.exit_code == 0, told.stderr
    assert len(before) == 2
    assert not before & epochs(installed)
    assert NAME in told.stdout
    assert "must be done again" in told.stdout


def test_after_a_backup_was_put_back_no_sign_in_from_before_is_alive(installed: Here) -> None:
    """One that was ended since the backup would have come back to life."""
    with opened(installed) as app, app.test_request_context("/"):
        person = db.session.scalars(select(Person)).first()
        assert person
        sessions.sign_in(person, Strength.PASSKEY)
    told = installed.run("restored")
    assert "Everybody signs in again" in told.stdout
    with opened(installed):
        assert [row.ended_at is None for row in db.session.scalars(select(SignInSession))] == [False]


def test_the_log_begins_with_the_service_and_is_whole(installed: Here) -> None:
    assert installed.run("invite", "kari@fjordby.no").exit_code == 0
    assert installed.run("restored").exit_code == 0
    verified = installed.run("audit", "verify")
    assert verified.exit_code == 0, verified.output
    assert re.search(
        rf"{NAME}: 7 lines, unbroken since \d{{4}}-\d\d-\d\d\. Last hash: [0-9a-f]{{64}}\n", verified.stdout
    )
    shown = installed.run("audit", "show").stdout
    deeds = re.findall(r"^  \d+ \S+Z the server's operator (\w+)", shown, re.MULTILINE)
    assert deeds == [
        "service_made",
        "person_added",
        "role_given",
        "invitation_made",
        "invitation_made",
        "restored",
        "everybody_signed_out",
    ]
    assert "Kari" not in shown
    assert "@" not in shown


def test_a_broken_log_is_told_with_its_first_broken_line(installed: Here) -> None:
    """By somebody who can do all that the database's owner can."""
    with opened(installed):
        db.session.execute(text("DROP TRIGGER audit_entry_keeps_words"))
        db.session.execute(text("UPDATE audit_entry SET actor_id = 'another' WHERE number = 2"))
        db.session.commit()
    broken = installed.run("audit", "verify")
    assert broken.exit_code == 1
    assert (
        "BROKEN at line 2: this line is not what was written. 1 lines before it are whole." in broken.stdout
    )


def test_a_log_that_lost_its_last_line_is_known_by_the_hash_written_down(installed: Here) -> None:
    (hash_,) = re.findall(r"Last hash: (\w+)", installed.run("audit", "verify").stdout)
    assert installed.run("audit", "verify", "--holds", hash_).exit_code == 0
    with opened(installed):
        db.session.execute(text("DROP TRIGGER audit_entry_keeps_lines"))
        db.session.execute(text("DELETE FROM audit_entry WHERE number = 4"))
        db.session.commit()
    assert installed.run("audit", "verify").exit_code == 0
    missed = installed.run("audit", "verify", "--holds", hash_)
    assert missed.exit_code == 1
    assert f"{hash_} is NOT in the log." in missed.stdout


def test_the_log_of_reading_is_walked_and_shown_too(installed: Here) -> None:
    assert f"{NAME}, reading: no lines yet." in installed.run("audit", "verify").stdout
    with opened(installed):
        (service,) = every_service()
        texts = [Text("a", 1, "author"), Text("b", 1, "author")]
        reads.note(Reader(service.id, "reader", "phone"), Way.DELIVERED, texts, at=datetime.now(UTC))
        db.session.commit()
    assert f"{NAME}, reading: 1 lines, unbroken" in installed.run("audit", "verify").stdout
    assert "reader delivered device phone" in installed.run("audit", "show").stdout
    with opened(installed):
        db.session.execute(text("DROP TRIGGER read_text_keeps_lines"))
        db.session.execute(text("DELETE FROM read_text WHERE entry_id = 'a'"))
        db.session.commit()
    assert "BROKEN at line 1" in installed.run("audit", "verify").stdout


def opened(installed: Here) -> AbstractContextManager[Flask]:
    return working_app(Settings.from_environment({"LEDVEI_INSTANCE": str(installed.folder / "instance")}))


def epochs(installed: Here) -> set[str]:
    instance = str(installed.folder / "instance")
    with working_app(Settings.from_environment({"LEDVEI_INSTANCE": instance})):
        return {service.epoch for service in every_service()}


def test_the_doctor_misses_the_worker_and_nothing_else(installed: Here) -> None:
    told = installed.run("doctor")
    assert told.exit_code == 1
    assert re.findall(r"^not ok  (\w+)", told.stdout, re.MULTILINE) == ["worker"]


def test_the_doctor_is_content_while_it_is_served(installed: Here) -> None:
    with installed.real.serving() as served:
        served.wait_for_worker()
        told = installed.real.run("doctor")
    assert "not ok" not in told.stdout


def test_the_doctor_notices_tables_that_are_behind(installed: Here) -> None:
    installed.run("db", "downgrade", "base", "--yes")
    told = installed.run("doctor")
    assert told.exit_code == 1
    assert "ledvei db upgrade" in told.stdout


def test_tables_that_are_behind_are_not_served(installed: Here) -> None:
    installed.run("db", "downgrade", "base", "--yes")
    refused = installed.run("serve")
    assert refused.exit_code == 1
    assert "ledvei db upgrade" in refused.stderr


def test_a_foreign_master_key_is_not_served(installed: Here) -> None:
    ensure_keys(installed.folder / "other")
    keep_a_text(installed)
    key = installed.folder / "instance" / "keys" / "master.key"
    key.write_bytes((installed.folder / "other" / "master.key").read_bytes())
    refused = installed.run("serve")
    assert refused.exit_code == 1
    assert "does not belong to this database" in refused.stderr


def keep_a_text(installation: Here) -> None:
    """Write one encrypted text, as the first note does."""
    with working_app(Settings.from_environment({"LEDVEI_INSTANCE": str(installation.folder / "instance")})):
        house().keyring.encrypt(every_service()[0].id, ("entry", "1", "body"), "text")
        database.db.session.commit()


def test_a_port_in_use_is_told_in_a_sentence(installed: Here) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = Installation(installed.folder, environment={"PORT": port}).run("serve", check=False)
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_unsafe_settings_are_told_in_a_sentence(installed: Here) -> None:
    refused = installed.run("serve", LEDVEI_BASE_URL="http://ledvei.example")
    assert refused.exit_code == 1
    assert "https://" in refused.stderr
    assert isinstance(refused.exception, SystemExit)


def test_served_it_answers_and_stops_when_told(installed: Here) -> None:
    with installed.real.serving() as served:
        assert served.health()["status"] == "up"
        assert b"<html" in served.get("/sign-in").read()
        assert served.stop() == 0


def test_served_without_a_worker_it_is_up_and_says_so(installed: Here) -> None:
    with installed.real.serving("--no-worker") as served:
        assert (served.health()["status"], served.health()["worker"]) == ("up", False)


def test_static_files_are_served_compressed_and_immutable(installed: Here) -> None:
    with installed.real.serving("--no-worker") as served:
        build = served.health()["build"]
        answer = served.get(f"/static/{build}/vendor/look.css", **{"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_service_speaks_its_language_to_somebody_unknown(installed: Here) -> None:
    with installed.real.serving("--no-worker") as served:
        assert b'lang="nn"' in served.get("/sign-in").read()


def test_the_database_says_where_it_is(installed: Here) -> None:
    lines = installed.run("db", "current").stdout.split()
    assert lines[1] == lines[3]


def test_a_measurement_that_does_not_exist_is_refused(empty: Here) -> None:
    refused = empty.run("bench", "nothing")
    assert refused.exit_code == 1
    assert "No such measurement" in refused.stderr
