"""A database and a folder of keys that do not belong together: nothing starts, nothing is changed."""

from __future__ import annotations

import shutil
from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from sqlalchemy import delete, select

from ledvei_pwa.cli.start import working_app
from ledvei_pwa.features.people.actions import every_service
from ledvei_pwa.platform import audit
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.health import NotReady
from ledvei_pwa.platform.installation_keys import InstallationKey
from ledvei_pwa.platform.key_files import MASTER, PUSH, SEALING, ensure_keys
from ledvei_pwa.wsgi import ready_app
from tests.support.installed import Here, opened_settings

pytestmark = pytest.mark.one_database
COMMANDS = [
    ["worker"],
    ["invite", "kari@fjordby.no"],
    ["restored"],
    ["db", "upgrade"],
]


def exchange(installed: Here, name: str) -> None:
    """Another installation's file in the place of ours."""
    ensure_keys(installed.folder / "other")
    shutil.copy(installed.folder / "other" / name, installed.keys / name)


def lines_of_the_log(installed: Here) -> int:
    with working_app(opened_settings(installed)):
        return sum(audit.walk(service.id).lines for service in every_service())


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_with_another_master_key_no_command_that_writes_begins(installed: Here, command: list[str]) -> None:
    """Nothing has been written in this database yet that would not open: the fingerprint tells."""
    before = lines_of_the_log(installed)
    kept = (installed.keys / MASTER).read_bytes()
    exchange(installed, MASTER)
    refused = installed.run(*command)
    assert refused.exit_code == 1
    assert "master.key does not belong to this database" in refused.stderr
    assert "Put back the folder of keys" in refused.stderr
    (installed.keys / MASTER).write_bytes(kept)
    assert lines_of_the_log(installed) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [(SEALING, "what waits on people's phones"), (PUSH, "allow reminders again")],
)
def test_another_key_of_any_kind_is_told_and_not_served(installed: Here, name: str, told: str) -> None:
    exchange(installed, name)
    refused = installed.run("worker")
    assert refused.exit_code == 1
    assert f"{name} does not belong to this database" in refused.stderr
    assert told in refused.stderr


@pytest.mark.parametrize("name", [MASTER, SEALING, PUSH])
def test_a_lost_key_is_told_in_a_sentence_and_not_made_anew(installed: Here, name: str) -> None:
    (installed.keys / name).unlink()
    refused = installed.run("serve", "--prepare")
    assert refused.exit_code == 1
    assert f"{name} is missing" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (installed.keys / name).exists()


def test_a_wsgi_server_gets_no_app_with_another_master_key(installed: Here) -> None:
    exchange(installed, MASTER)
    with pytest.raises(NotReady, match="does not belong to this database"):
        ready_app(opened_settings(installed))


def test_the_doctor_names_the_key_and_the_remedy(installed: Here) -> None:
    exchange(installed, SEALING)
    told = installed.run("doctor")
    assert told.exit_code == 1
    assert "not ok  keys" in told.stdout
    assert "Put back the folder of keys" in told.stdout


def test_a_database_from_before_learns_its_keys_at_the_first_start(installed: Here) -> None:
    with working_app(opened_settings(installed)):
        db.session.execute(delete(InstallationKey))
        db.session.commit()
    assert installed.run("invite", "kari@fjordby.no").exit_code == 0
    exchange(installed, SEALING)
    assert installed.run("invite", "kari@fjordby.no").exit_code == 1


def test_what_the_database_remembers_helps_nobody_to_guess(installed: Here) -> None:
    with working_app(opened_settings(installed)):
        ids = list(db.session.scalars(select(InstallationKey.key_id)))
    assert len(ids) == 4
    secret = (installed.keys / MASTER).read_bytes()
    raw = urlsafe_b64decode(secret)
    digests = [sha256(form).hexdigest() for form in (raw, secret, secret.strip())]
    for known in (raw.hex(), *digests):
        assert all(one not in known for one in ids)
    assert all(len(one) == 16 for one in ids)
