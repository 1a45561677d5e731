"""What asks who it is once more: a browser left open must not give away, or change, what matters most.

Every route that changes something is named here: with what it would give away, or why it asks for nothing.
"""

from __future__ import annotations

from typing import Final

from flask import Flask

from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.sessions import access_of
from tests.security.test_routes import CHANGING, routes
from tests.support.page_client import PageClient
from tests.support.people import a_person, sign_in

ASKS: Final = {
    "own_texts.fetch": "exporting",
    "own_texts.fetch_everything": "exporting",
    "log.export": "exporting",
    "people.add_role": "roles",
    "people.end_role": "roles",
    "people.invite": "roles: the new person's",
    "people.invite_again": "other people's devices: a link signs in on one",
    "people.correct_person": "other people's devices: the e-mail is what they sign in with",
    "people.disable_person": "other people's devices: they forget",
    "people.enable_person": "other people's devices: they come back",
    "leaving.set_last_day": "other people's devices, deleting: when the day is over",
    "leaving.undo_last_day": "other people's devices",
    "reentry.confirm": "devices: another one is let in",
    "factors.add_passkey": "keys: a way in",
    "factors.rename_passkey": "keys",
    "factors.remove_passkey": "keys",
    "factors.change_code_app": "keys",
    "factors.choose_password": "keys",
    "factors.remove_password": "keys",
    "factors.make_recovery_codes": "keys",
    "openid.connect_elsewhere": "keys: a way in",
    "openid.mine_too": "keys: a way in",
    "openid.disconnect": "keys",
    "keeping.choose_keeping": "deleting",
    "keeping.keep_one_longer": "deleting, and the texts are shown",
}
ASKS_NOTHING: Final = {
    "factors.prove": "it is the question",
    "openid.prove_elsewhere": "it is the question",
    "reentry.open_by_code": "it takes a proof itself",
    "reentry.open_by_passkey": "it takes a proof itself",
    # What shuts a thief out: nobody who is frightened looks for a code first.
    "devices.end_sign_in": "one's own sign-in ends",
    "devices.revoke_device": "one's own device is closed",
    "reentry.stop": "somebody else's link ends",
    "sign_in.sign_out_everywhere": "the way out",
    # One's own, and nothing that could be read or lost by it.
    "devices.register_device": "the vault asks for its own passphrase",
    "devices.tell_language": "a language",
    "push.subscribe": "reminders hold no text",
    "push.unsubscribe": "reminders hold no text",
    "reminders.choose_quiet_hours": "when to be reminded",
    "reminders.send_test": "a reminder",
    # The service's calendar and names: seen by those whom it is about, and set right again.
    "people.change_service": "name, language and times; within bounds that are safe",
    "people.create_team": "a name",
    "people.rename_team": "a name",
    "supervision.start_page": "a plan",
    "supervision.edit_page": "a plan; what was shared with one supervisor the next does not read",
    "supervision.end_page": "a plan",
    "supervision.move_page": "a plan",
    "supervision.quiet_weeks_page": "a plan",
}


def test_every_route_that_changes_something_asks_or_says_why_not(app: Flask) -> None:
    rules = {
        rule.endpoint: access_of(app.view_functions[rule.endpoint])
        for rule, method, _ in routes(app)
        if method in CHANGING
    }
    behind_a_sign_in = {
        endpoint: rule.is_fresh
        for endpoint, rule in rules.items()
        if rule and not rule.is_public and not rule.is_on_the_way_in
    }
    assert behind_a_sign_in == {**dict.fromkeys(ASKS, True), **dict.fromkeys(ASKS_NOTHING, False)}


def test_each_of_them_asks_who_it_is_and_does_nothing_before_it_knows(app: Flask, client: PageClient) -> None:
    """Service leaders may come to all of them."""
    sign_in(client, a_person(Role.SERVICE_LEADER), is_fresh=False)
    token = client.page("/prove").value("csrf_token")
    went_on = []
    for rule, method, address in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if access is None or not access.is_fresh:
            continue
        answer = client.open(address, method=method, data={"csrf_token": token})
        asked = answer.status_code == 401 or (answer.location or "").startswith("/prove?next=")
        if not asked:
            went_on.append(f"{method} {rule}: {answer.status}")
    assert went_on == []
