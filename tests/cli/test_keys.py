"""`ledvei keys`, run in the folder of a service in which something has been written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledvei_pwa.cli.start import working_app
from ledvei_pwa.features.people.actions import every_service, people_in_service, register_device
from ledvei_pwa.features.people.records import CodeApp
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.key_files import SEALING, keys_in, read_folder
from ledvei_pwa.platform.registry import house
from tests.support.installed import NAME, Here, opened_settings
from tests.support.people import actor_of

pytestmark = pytest.mark.one_database
PLACE = ("code_app", "1", "secret")


@pytest.fixture
def written(installed: Here) -> Here:
    """With one encrypted text."""
    now = datetime.now(UTC)
    with working_app(opened_settings(installed)):
        service = every_service()[0].id
        (person,) = people_in_service(service, now=now)
        text = house().keyring.encrypt(service, PLACE, "text")
        named = {"service_id": service, "person_id": person.id, "secret": text}
        db.session.add(CodeApp(id="1", last_step=0, created_at=now, **named))
        db.session.commit()
    return installed


def text_in(written: Here) -> str:
    with working_app(opened_settings(written)):
        row = db.session.get_one(CodeApp, "1")
        return house().keyring.decrypt(row.service_id, PLACE, row.secret)


def done(written: Here, *arguments: str) -> str:
    result = written.run("keys", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_new_keys_of_every_kind_leave_the_text_readable_and_are_shown(written: Here) -> None:
    assert f"{NAME}: key 2 is in use, and 1 texts are encrypted anew" in done(written, "rotate")
    assert "There is a new master key" in done(written, "rotate", "--master")
    before = sealing_ids(written)[0]
    assert "from their next contact on" in done(written, "rotate", "--sealing")
    shown = done(written, "status")
    assert f"{NAME}: key 2 since" in shown
    assert "0 texts still need it" in shown
    assert f"earlier sealing key: {before} until" in shown
    assert text_in(written) == "text"
    assert "master_key_replaced" in written.run("audit", "show").stdout


def sealing_ids(written: Here) -> list[str]:
    return keys_in(read_folder(written.keys), "").ids_of("sealing")


def test_a_master_key_can_be_made_before_it_is_used(written: Here) -> None:
    """Where several machines serve, each must have it first."""
    assert "every machine" in done(written, "rotate", "--master", "--prepare")
    prepared = (written.keys / "master.key.next").read_bytes()
    assert "is waiting" in done(written, "status")
    done(written, "rotate", "--master")
    assert (written.keys / "master.key").read_bytes() == prepared
    assert text_in(written) == "text"


def test_a_lost_sealing_key_is_replaced_when_told_and_only_then(written: Here) -> None:
    (written.keys / SEALING).unlink()
    assert written.run("keys", "rotate", "--sealing").exit_code == 1
    assert "Try again" in done(written, "rotate", "--sealing", "--lost")
    assert written.run("invite", "kari@fjordby.no").exit_code == 0


def test_a_sealing_key_that_a_phone_may_need_is_not_forgotten_unawares(written: Here) -> None:
    with working_app(opened_settings(written)):
        (person,) = people_in_service(every_service()[0].id, now=datetime.now(UTC))
        register_device(actor_of(person), "Phone", now=datetime.now(UTC))
    earlier = sealing_ids(written)[0]
    done(written, "rotate", "--sealing")
    refused = written.run("keys", "forget", earlier)
    assert refused.exit_code == 1
    assert "1 devices have not been in contact" in refused.stderr
    assert earlier in sealing_ids(written)
    done(written, "forget", earlier, "--even-so")
    assert earlier not in sealing_ids(written)
