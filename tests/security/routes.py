"""Which row of the access matrix each address stands under, and how its form is filled in.

A new route needs a line here; `test_matrix.py` says so. `own`: each is the one whose it is. `alike`: the
answer is the same for all, and does nothing for those who may not. `waiting`: also for who has come back by a
link, before their account opens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyotp

from ledvei_pwa.features.retention.rules import BOUNDS
from ledvei_pwa.kernel.access import Deed, Thing
from tests.security.town import STRANGER, Answer, Place, Town
from tests.support.authenticator import Authenticator
from tests.support.people import PASSWORD, code_now
from tests.support.push_service import Browser

Fill = Callable[[Town, Place, str], dict[str, Any]]
KEY: Final = re.compile(r'translate="no">([A-Z2-7 ]+)<')
STATE: Final = re.compile(r'name="state" value="([^"]+)"')
PREVIEWED: Final = re.compile(r'name="previewed"[^>]*value="([0-9a-f]*)"')


@dataclass(frozen=True)
class Ruled:
    """`thing` is None where it depends on the series: a session of two, or of a group."""

    thing: Thing | None
    deed: Deed
    fill: Fill | None = None
    own: bool = False
    alike: bool = False
    two_steps: bool = False
    waiting: bool = False

    @property
    def names_a_device(self) -> bool:
        """In what is sent, not in the address."""
        return self.thing is Thing.DEVICE and not self.own


def nothing(_town: Town, _place: Place, _person: str) -> dict[str, Any]:
    """A button."""
    return {}


def filled(**fields: Any) -> Fill:
    return lambda _town, _place, _person: dict(fields)


def a_role(town: Town, _place: Place, _person: str) -> dict[str, Any]:
    return {"role": "caseworker", "team": town.ids["team_id"], "from_date": "2026-11-18"}


def an_invitation(town: Town, _place: Place, person: str) -> dict[str, Any]:
    somebody = {"name": "Ny", "email": "ny@fjordvik.example", "language": "nb", "roles": ["caseworker"]}
    return {**somebody, "team": town.ids["team_id" if person != STRANGER else "their_team_id"]}


def a_series(town: Town, place: Place, person: str) -> dict[str, Any]:
    """As it stands, but for its length. Who is no leader starts one of their own."""
    members = {"group": ("author", "member", "owner")}.get(place.key, ("author",))
    supervisor = {"group": "supervisor", "expired": "supervisor"}.get(place.key, place.key)
    if person in {"supervisor", "former_supervisor"}:
        supervisor = person
    if person == STRANGER:
        members, supervisor = ("their_author",), "their_supervisor"
    mix = {"mix_case": 50, "mix_strain": 25, "mix_role": 25, "mix_practical": 0, "mix_other": 0}
    return {
        "form": "group" if len(members) > 1 else "individual",
        "member_ids": [town.persons[key].id for key in members],
        "supervisor_id": town.persons[supervisor].id,
        "rhythm": "weekly",
        "start_date": "2026-11-26",
        "interval": "4",
        "unit": "weeks",
        "ordinal": "0",
        "local_time": "09:00",
        "minutes": "45",
        "step": "save",
        **mix,
    }


def a_plain_series(town: Town, place: Place, person: str) -> dict[str, Any]:
    return {**a_series(town, town.places["group"], person), "name": "Ny"}


def another_time(_town: Town, _place: Place, _person: str) -> dict[str, Any]:
    return {"day": "2026-11-25", "clock": "08:00", "confirmed": "2026-11-25T08:00:00+01:00"}


def a_language(town: Town, _place: Place, person: str) -> dict[str, Any]:
    somebody = town.persons.get(person)
    return {"person": somebody.id if somebody else "", "language": "nn"}


def a_subscription(town: Town, _place: Place, person: str) -> dict[str, Any]:
    sent = Browser(f"http://localhost:9/push/{person}").subscription
    keys = {"p256dh": sent.p256dh, "auth": sent.auth}
    return {"device": town.ids["device_id"], "subscription": {"endpoint": sent.endpoint, "keys": keys}}


def the_device(town: Town, _place: Place, _person: str) -> dict[str, Any]:
    return {"device": town.ids["device_id"]}


def a_password(town: Town, _place: Place, person: str) -> dict[str, Any]:
    somebody = town.persons.get(person)
    return {"email": somebody.email if somebody else "nobody@example.org", "password": PASSWORD}


def a_proof(_town: Town, _place: Place, _person: str) -> dict[str, Any]:
    return {"proof_password": PASSWORD, "proof_code": code_now()}


def an_earlier_code(_town: Town, _place: Place, _person: str) -> dict[str, Any]:
    return {"code": code_now(), "password": PASSWORD}


def a_passkey(town: Town, _place: Place, person: str) -> dict[str, Any]:
    """Made by a phone that answers the question asked in this sign-in."""
    shown = town.ask(person, "GET", "/my-sign-in/passkey-options")
    if shown.status != 200:
        return {}
    asked = json.loads(shown.text)
    return {"passkey": Authenticator().make(asked["options"]), "state": asked["state"], "name": "Ny"}


def a_code_app(town: Town, _place: Place, person: str) -> dict[str, Any]:
    """The first code of an app that has just been told its key."""
    shown = town.ask(person, "GET", "/my-sign-in/code-app").text
    key, state = KEY.search(shown), STATE.search(shown)
    if not key or not state:
        return {}
    return {"state": state[1], "code": pyotp.TOTP(key[1].replace(" ", "")).at(datetime.now(UTC))}


OPEN: Final = Ruled(Thing.OPEN, Deed.READ)
OWN: Final = Ruled(Thing.OWN, Deed.READ, own=True)
ON_THE_WAY: Final = Ruled(Thing.OWN, Deed.READ, own=True, waiting=True)
A_STEP: Final = Ruled(Thing.OWN, Deed.READ, nothing, own=True, waiting=True)
LINK: Final = Ruled(Thing.LINK, Deed.READ)
SHEET: Final = Ruled(Thing.PERSON_SHEET, Deed.READ)
NAMED: Final = filled(name="Nytt navn", email="nytt@fjordvik.example")
NEW_PASSWORD: Final = filled(password=PASSWORD, password_again=PASSWORD)
SETTINGS: Final = filled(name="Fjordvik", language="nn", lock_minutes="6", kept_weeks="8")
KEEPING: Final = filled(**{sort.value: str(bounds.most) for sort, bounds in BOUNDS.items()})

ROUTES: Final[Mapping[str, Ruled]] = {
    # Open to all.
    "GET sign_in.front_page": OPEN,
    "GET sign_in.sign_in_page": OPEN,
    "POST sign_in.sign_in": Ruled(Thing.OPEN, Deed.READ, a_password),
    "POST sign_in.choose_language": Ruled(Thing.OPEN, Deed.READ, filled(language="nn")),
    "GET sign_in.invitation_page": LINK,
    "POST sign_in.accept_invitation": Ruled(Thing.LINK, Deed.READ, filled(language="nb", password=PASSWORD)),
    "GET sign_in.invitation_passkey_options": LINK,
    "POST sign_in.accept_with_passkey": Ruled(Thing.LINK, Deed.READ, nothing),
    "GET sign_in.sign_in_options": OPEN,
    "POST sign_in.sign_in_with_passkey": Ruled(Thing.OPEN, Deed.READ, nothing),
    "GET sign_in.recovery_page": OPEN,
    "POST sign_in.sign_in_with_recovery_code": Ruled(Thing.OPEN, Deed.READ, a_password),
    "GET sign_in.demo_sign_in": LINK,
    # Elsewhere: of no provider, since the town has none (tests/features/people/test_openid.py).
    "POST openid.sign_in_elsewhere": Ruled(Thing.LINK, Deed.READ, nothing),
    "POST openid.accept_elsewhere": Ruled(Thing.LINK, Deed.READ, nothing),
    "GET openid.come_back": OPEN,
    "GET openid.is_mine": OPEN,
    "POST openid.mine": Ruled(Thing.OPEN, Deed.READ, nothing),
    "POST openid.not_mine": Ruled(Thing.OPEN, Deed.READ, nothing),
    "POST openid.prove_elsewhere": Ruled(Thing.LINK, Deed.READ, nothing),
    "POST openid.connect_elsewhere": Ruled(Thing.LINK, Deed.READ, nothing),
    "GET openid.is_mine_too": LINK,
    "POST openid.mine_too": Ruled(Thing.LINK, Deed.READ, nothing),
    "POST openid.disconnect": Ruled(Thing.LINK, Deed.READ, nothing),
    "GET privacy.privacy_page": OPEN,
    "GET shell.show": OPEN,
    "GET shell.views": OPEN,
    "GET shell.worker": OPEN,
    "GET shell.manifest": OPEN,
    "GET health.healthz": OPEN,
    "POST devices.sign_out": Ruled(Thing.OPEN, Deed.READ, nothing),
    "POST sync.sync": Ruled(Thing.OPEN, Deed.READ, nothing),  # each operation and each change: by its own row
    # One's own.
    "GET devices.devices_page": OWN,
    "GET reminders.list_reminders": OWN,
    "GET own_texts.ask": Ruled(Thing.OWN_TEXTS, Deed.READ, own=True),
    "GET own_log.account": Ruled(Thing.OWN_LOG, Deed.READ, own=True),
    "GET own_log.texts": Ruled(Thing.OWN_LOG, Deed.READ, own=True),
    "POST own_texts.fetch_everything": Ruled(Thing.OWN_TEXTS, Deed.READ, nothing, own=True),
    "POST own_texts.fetch": Ruled(Thing.OWN_TEXTS, Deed.READ, a_password, own=True),
    "GET keeping.my_keeping": OWN,
    "POST keeping.keep_one_longer": Ruled(Thing.OWN, Deed.READ, nothing, own=True),
    "POST reminders.choose_quiet_hours": Ruled(Thing.OWN, Deed.WRITE, nothing, own=True),
    "POST reminders.send_test": Ruled(Thing.OWN, Deed.READ, nothing, own=True),
    "POST sign_in.sign_out": Ruled(Thing.OWN, Deed.WRITE, nothing, own=True, waiting=True),
    "POST sign_in.sign_out_everywhere": Ruled(Thing.OWN, Deed.WRITE, nothing, own=True),
    "POST devices.tell_language": Ruled(Thing.OWN, Deed.WRITE, a_language, own=True, waiting=True),
    "POST devices.register_device": Ruled(
        Thing.DEVICE, Deed.BEGIN, filled(name="Firefox"), own=True, waiting=True
    ),
    # On the way in: whoever is in already is sent on.
    "GET sign_in.second_step_page": ON_THE_WAY,
    "POST sign_in.second_step": A_STEP,
    "GET factors.choose_second_factor": ON_THE_WAY,
    "GET factors.first_code_app_page": ON_THE_WAY,
    "POST factors.set_up_code_app": A_STEP,
    "GET factors.first_passkey_options": Ruled(Thing.LINK, Deed.READ),
    "POST factors.set_up_passkey": A_STEP,
    # An account that waits to open: whoever is in already is sent on.
    "GET reentry.waiting_page": ON_THE_WAY,
    "GET reentry.earlier_passkey_options": ON_THE_WAY,
    "POST reentry.open_by_code": Ruled(Thing.OWN, Deed.READ, an_earlier_code, own=True, waiting=True),
    "POST reentry.open_by_passkey": Ruled(Thing.LINK, Deed.READ, nothing),
    "POST reentry.stop": Ruled(Thing.DEVICE, Deed.REMOVE, nothing),
    "GET reentry.ask_before_confirming": Ruled(Thing.DEVICE, Deed.REMOVE),
    "POST reentry.confirm": Ruled(Thing.DEVICE, Deed.REMOVE, nothing),
    # One's own sign-in.
    "GET factors.prove_page": OWN,
    "POST factors.prove": Ruled(Thing.OWN, Deed.READ, a_proof, own=True),
    "GET factors.proof_options": OWN,
    "GET factors.my_sign_in": OWN,
    "GET factors.add_passkey_page": OWN,
    "GET factors.passkey_options": OWN,
    "POST factors.add_passkey": Ruled(Thing.OWN, Deed.WRITE, a_passkey, own=True),
    "GET factors.code_app_page": OWN,
    "POST factors.change_code_app": Ruled(Thing.OWN, Deed.WRITE, a_code_app, own=True),
    "GET factors.password_page": OWN,
    "POST factors.choose_password": Ruled(Thing.OWN, Deed.WRITE, NEW_PASSWORD, own=True),
    "POST factors.remove_password": Ruled(Thing.OWN, Deed.READ, nothing, own=True),
    "POST factors.make_recovery_codes": Ruled(Thing.OWN, Deed.WRITE, nothing, own=True),
    # Somebody's passkeys, devices and sign-ins.
    "GET factors.passkey_page": Ruled(Thing.DEVICE, Deed.REMOVE),
    "POST factors.rename_passkey": Ruled(Thing.DEVICE, Deed.REMOVE, filled(name="Ny")),
    "POST factors.remove_passkey": Ruled(Thing.DEVICE, Deed.REMOVE, nothing),
    "POST devices.end_sign_in": Ruled(Thing.DEVICE, Deed.REMOVE, nothing),
    "GET devices.ask_before_revoking": Ruled(Thing.DEVICE, Deed.REMOVE),
    "POST devices.revoke_device": Ruled(Thing.DEVICE, Deed.REMOVE, nothing),
    "POST push.subscribe": Ruled(Thing.DEVICE, Deed.WRITE, a_subscription),
    "DELETE push.unsubscribe": Ruled(Thing.DEVICE, Deed.REMOVE, the_device, alike=True),
    # Series and sessions.
    "GET supervision.series_list": OWN,
    "GET supervision.series_page": Ruled(Thing.SERIES, Deed.READ),
    "GET supervision.edit_page": Ruled(Thing.SERIES, Deed.WRITE),
    "POST supervision.edit_page": Ruled(Thing.SERIES, Deed.WRITE, a_series, two_steps=True),
    "GET supervision.end_page": Ruled(Thing.SERIES, Deed.WRITE),
    "POST supervision.end_page": Ruled(Thing.SERIES, Deed.WRITE, nothing),
    "GET supervision.start_page": Ruled(Thing.NEW_SERIES, Deed.BEGIN),
    "POST supervision.start_page": Ruled(Thing.NEW_SERIES, Deed.BEGIN, a_plain_series, two_steps=True),
    "GET supervision.move_page": Ruled(None, Deed.WRITE),
    "POST supervision.move_page": Ruled(None, Deed.WRITE, another_time),
    "GET supervision.quiet_weeks_page": Ruled(Thing.QUIET_WEEKS, Deed.READ),
    "POST supervision.quiet_weeks_page": Ruled(Thing.QUIET_WEEKS, Deed.WRITE, filled(weeks=["52"])),
    # People.
    "GET people.people_list": SHEET,
    "GET people.person_page": SHEET,
    "POST people.correct_person": Ruled(
        Thing.PERSON_SHEET, Deed.WRITE, lambda town, *_: {"name": "Ny", "email": town.persons["author"].email}
    ),
    "GET people.invite_page": Ruled(Thing.NEW_PERSON, Deed.BEGIN),
    "POST people.invite": Ruled(Thing.NEW_PERSON, Deed.BEGIN, an_invitation),
    "GET people.ask_before_inviting_again": Ruled(Thing.ACCOUNT, Deed.WRITE),
    "POST people.invite_again": Ruled(Thing.ACCOUNT, Deed.WRITE, nothing),
    "POST people.add_role": Ruled(Thing.ROLES, Deed.WRITE, a_role),
    "GET people.end_role_page": Ruled(Thing.ROLES, Deed.WRITE),
    "POST people.end_role": Ruled(Thing.ROLES, Deed.WRITE, filled(to_date="2026-11-19")),
    "GET people.ask_before_disabling": Ruled(Thing.DOOR, Deed.WRITE),
    "POST people.disable_person": Ruled(Thing.DOOR, Deed.WRITE, nothing),
    "POST people.enable_person": Ruled(Thing.DOOR, Deed.WRITE, nothing),
    "GET leaving.coming_page": SHEET,
    "GET leaving.last_day_page": Ruled(Thing.DOOR, Deed.WRITE),
    "POST leaving.set_last_day": Ruled(Thing.DOOR, Deed.WRITE, filled(day="2026-12-18")),
    "POST leaving.undo_last_day": Ruled(Thing.DOOR, Deed.READ, nothing),  # nothing is set there to take back
    "GET leaving.my_last_day": OWN,
    "GET people.teams_page": Ruled(Thing.TEAMS, Deed.READ),
    "POST people.create_team": Ruled(Thing.TEAMS, Deed.BEGIN, filled(name="Nytt team")),
    "GET people.team_page": Ruled(Thing.TEAMS, Deed.READ),
    "POST people.rename_team": Ruled(Thing.TEAMS, Deed.WRITE, filled(name="Annet navn")),
    "GET log.log_page": Ruled(Thing.LOG, Deed.READ),
    "POST log.export": Ruled(Thing.LOG, Deed.READ, nothing),
    "GET people.service_page": Ruled(Thing.SERVICE_SETTINGS, Deed.READ),
    "POST people.change_service": Ruled(Thing.SERVICE_SETTINGS, Deed.WRITE, SETTINGS),
    "GET keeping.keeping_page": Ruled(Thing.SERVICE_SETTINGS, Deed.READ),
    "POST keeping.choose_keeping": Ruled(Thing.SERVICE_SETTINGS, Deed.WRITE, KEEPING, two_steps=True),
}

# What devices are fed: the row of each subject. An entry's is that of its kind and audience.
SUBJECTS: Final[Mapping[str, Thing | None]] = {
    "person": Thing.PERSON_NAME,
    "service": Thing.SERVICE,
    "series": Thing.SERIES,
    "session": Thing.SESSION,
    "reminder": Thing.OWN,
    "notice": Thing.OWN,
    "entry": None,
}


def send(town: Town, rule: Ruled, method: str, address: str, place: Place, person: str) -> Answer:
    """The request as somebody would make it who may."""
    if rule.fill is None:
        return town.ask(person, method, address)
    fields = rule.fill(town, place, person)
    if not rule.two_steps:
        return town.send(person, address, fields, method)
    shown = town.send(person, address, {**fields, "step": ""}, method)
    looked_at = PREVIEWED.search(shown.text)
    return (
        town.send(person, address, {**fields, "previewed": looked_at.group(1)}, method)
        if looked_at
        else shown
    )
