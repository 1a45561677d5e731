"""A passkey from the invitation into the app, with the authenticator that Chromium has for tests."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser import steps
from tests.browser.conftest import House
from tests.browser.test_everyday import BOKMAL, chromium_of
from tests.support.walker import Walker

A_PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)"


def invite_samira(leader: Walker, house: House) -> str:
    """The address of the link, from the page that shows it once."""
    steps.sign_in(leader, house.facts, "berit")
    leader.is_at("/welcome")
    leader.opens("/people/invite")
    page = chromium_of(leader).page
    page.locator("[name=name]").fill("Samira Nasser")
    page.locator("[name=email]").fill("samira@fjordvik.example")
    page.locator("[name=roles][value=caseworker]").check(force=True)
    page.locator("main form button[type=submit]").last.click()
    return page.locator("#link").inner_text()


def give_a_phone_that_makes_passkeys(person: Walker) -> None:
    session = chromium_of(person).context.new_cdp_session(chromium_of(person).page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": A_PHONE})


@BOKMAL
@pytest.mark.one_database
def test_from_the_invitation_to_the_app_and_in_again_by_passkey_alone(
    chromium: Callable[..., Walker], house: House
) -> None:
    link = invite_samira(chromium(), house)
    samira = chromium()
    give_a_phone_that_makes_passkeys(samira)
    samira.opens(link.removeprefix(house.address))
    samira.presses("Make a passkey")
    samira.sees("Your recovery codes")
    assert len(set(re.findall(r"\d{4} \d{4} \d{4} \d{4}", samira.page_words()))) == 10
    samira.presses("I have kept them, go on")
    samira.is_at("/welcome")
    sign_out(samira)
    samira.is_at("/welcome")  # the browser offers the passkey beside the address, and this phone says yes
    chromium_of(samira).page.add_init_script(NO_OFFER)
    sign_out(samira)
    samira.presses("Sign in with a passkey")
    samira.is_at("/welcome")
    steps.settle_in(samira)


def sign_out(person: Walker) -> None:
    person.opens("/devices")
    person.presses("Sign out here")
    person.waits_for(lambda: "/devices" not in person.engine.address(), "still signed in")
