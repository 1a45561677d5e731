"""The small service with something on every page: texts shared and private, agreements, a conflict.

`python -m tests.support.filled_service nb` in an empty folder makes it there and prints what one must know.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from ledvei_pwa import create_app
from ledvei_pwa.cli.start import make_instance_folder
from ledvei_pwa.features.people import actions as people
from ledvei_pwa.features.people.actions import InvitePerson, NewRole, PersonCard
from ledvei_pwa.features.people.records import Person, RoleHeld, Team
from ledvei_pwa.features.supervision.records import Series, Session
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform import attempts, schema
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import ensure_keys
from ledvei_pwa.settings import Settings
from tests.support import small_service
from tests.support.device import Device, device_of
from tests.support.people import LONG_AGO, a_device, a_passkey, a_person, actor_of, come_back
from tests.support.supervision import a_held_session, a_series

LONG_QUESTION = (
    "Jeg blir stående med ansvaret alene når det haster, og vet ikke alltid hvem jeg kan ringe. "
    "Hvordan kan jeg si fra tidligere, uten at det høres ut som om jeg ikke klarer jobben min?"
)


def fill(app: Flask, language: str) -> dict[str, object]:
    """Ingvild and Ragnhild have used it for a while; Nora was invited today and has nothing."""
    facts = small_service.make(language)
    cards = {key: card_of(email) for key, email in facts["emails"].items()}  # type: ignore[attr-defined]
    nora = a_person(name="Nora Ness", email="nora@fjordvik.example", language=language)
    next_session = db.session.get_one(Session, facts["sessions"]["ingvild"][0])  # type: ignore[index]
    held = a_held_session(db.session.get_one(Series, next_session.series_id))
    group = a_series(
        cards["ragnhild"], [cards["ingvild"], cards["jonas"]], name="Åpen gruppe", place="Møterom"
    )
    written = write_as_ingvild(app, cards["ingvild"], next_session, held)
    write_as_ragnhild(app, cards, next_session, held)
    leaving = datetime.now(UTC).date() + timedelta(days=40)
    people.set_last_day(actor_of(cards["berit"]), cards["ragnhild"].id, leaving, now=datetime.now(UTC))
    attempts.note_wrong(cards["berit"].id, now=datetime.now(UTC))
    return {
        **facts,
        "waiting": waiting_cookie(app, language),
        "passkey": a_passkey(cards["berit"]),
        "emails": {**facts["emails"], "nora": nora.email},  # type: ignore[dict-item]
        "series": next_session.series_id,
        "group": group.id,
        "held": held.id,
        "people": {key: card.id for key, card in {**cards, "nora": nora}.items()},
        "invitation": invite(cards["berit"]),
        "device": a_device(cards["berit"]).id,
        "team": db.session.scalar(db.select(Team.id)),
        "role": db.session.scalar(db.select(RoleHeld.id).where(RoleHeld.person_id == cards["jonas"].id)),
        **written,
    }


def waiting_cookie(app: Flask, language: str) -> str:
    """Of somebody who has come back by a link, and whose account is not open yet."""
    client = app.test_client()
    come_back(client, a_person(name="Tor Vik", email="tor@fjordvik.example", language=language))
    cookie = client.get_cookie("ledvei")
    assert cookie
    return cookie.value


def card_of(email: str) -> PersonCard:
    id_ = db.session.scalar(db.select(Person.id).where(Person.email == email))
    return people.persons_by_ids([id_])[id_]


def write_as_ingvild(app: Flask, ingvild: PersonCard, session: Session, held: Session) -> dict[str, str]:
    """The ids of a topic, a debrief and an assessment."""
    device = filled_device(app, ingvild)
    here = {"series": session.series_id, "session": session.id}
    before = {"series": held.series_id, "session": held.id}
    written: dict[str, str] = {}
    topic = {"focus": "strain", "want": "think_aloud", "urgency": "soon", "strain": 6, "minutes_wanted": 20}
    written["topic"] = device.write_new(
        "topic", scope=here, question=LONG_QUESTION, audience="supervisor", **topic
    )
    device.write_new(
        "topic", scope=here, question="Bare et stikkord foreløpig", audience="private", focus="role"
    )
    carried = {"outcome": "carried", "outcome_session": held.id, "audience": "supervisor", "focus": "case"}
    device.write_new("topic", scope=before, question="Barnets stemme i møtet", want="advice", **carried)
    device.write_new(
        "preparation", scope=here, went_well="Jeg ringte tilbake samme dag.", audience="supervisor"
    )
    shared = {"series": session.series_id}
    written["debrief"] = device.write_new(
        "debrief",
        scope=shared,
        happened="Et hardt hjemmebesøk",
        strain=8,
        need="supervision",
        audience="supervisor",
    )
    for weeks, answer in ((8, 2), (4, 3), (0, 4)):
        taken = (datetime.now(UTC).date() - timedelta(weeks=weeks)).isoformat()
        answers = {f"i{number:02}": answer for number in range(1, 17)}
        written["assessment"] = device.write_new("assessment", taken_on=taken, audience="private", **answers)
    disagree_with_herself(app, ingvild, device)
    return written


def disagree_with_herself(app: Flask, ingvild: PersonCard, phone: Device) -> None:
    """The same field changed on two devices that did not know of each other: both texts are kept."""
    entry = phone.write_new("debrief", happened="Første utgave", reactions="Uro", audience="private")
    tablet = filled_device(app, ingvild)
    base = tablet.revision(entry)
    phone.do("debrief", entry, happened="Det telefonen skrev", base=base)
    result = tablet.do("debrief", entry, happened="Det nettbrettet skrev", base=base)
    assert result["result"] == "conflict", result


def write_as_ragnhild(app: Flask, cards: dict[str, PersonCard], session: Session, held: Session) -> None:
    device = filled_device(app, cards["ragnhild"])
    here = {"series": session.series_id, "session": session.id}
    before = {"series": held.series_id, "session": held.id}
    device.write_new(
        "supervisor_preparation",
        scope=here,
        opening_question="Hva ville gjort timen verdt det?",
        audience="group",
    )
    due = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    for who, text, done in (
        ("ingvild", "Spørre om fast makker på hjemmebesøk", False),
        ("ragnhild", "Ta det opp i ledermøtet", False),
        ("ingvild", "Lese igjennom rutinen", True),
    ):
        done_on = date.today().isoformat() if done else ""  # noqa: DTZ011 – either day will do
        device.write_new(
            "agreement", scope=before, text=text, owner=cards[who].id, due=due, done=done, done_on=done_on
        )
    device.write_new("summary", scope=before, text="Vi øvde på åpningen av samtalen to ganger.")


def filled_device(app: Flask, person: PersonCard) -> Device:
    device = device_of(app, person)
    device.sync()
    return device


def invite(leader: PersonCard) -> str:
    """The path of an invitation that nobody has used."""
    wanted = InvitePerson(
        "Samira Nasser", "samira@fjordvik.example", (NewRole(Role.CASEWORKER, None, LONG_AGO),)
    )
    invited = people.invite_person(actor_of(leader), wanted, now=datetime.now(UTC))
    assert invited.value is not None, invited
    return f"/invitation/{invited.value.token}"


if __name__ == "__main__":
    settings = Settings.from_environment()
    make_instance_folder(settings)
    ensure_keys(settings.keys_path)
    schema.upgrade(settings.database_url)
    app = create_app()
    with app.app_context():
        sys.stdout.write(json.dumps(fill(app, sys.argv[1])))
