"""A passkey from the invitation into the app, with the authenticator that Chromium has for tests."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text

from tests.browser import steps
from tests.browser.conftest import House
from tests.browser.test_everyday import BOKMAL, chromium_of
from tests.support.looking import Findings, Looker, axe_script
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


def in_the_database(house: House, statement: str) -> None:
    engine = create_engine(house.database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def writes_password(person: Walker, house: House, who: str) -> None:
    person.opens("/sign-in")
    person.writes("E-mail", house.facts["emails"][who])
    person.writes("Password", house.facts["password"])
    person.presses("Sign in")


@pytest.mark.one_database
def test_the_pages_on_the_way_in_are_for_everybody(
    chromium: Callable[..., Walker], house: House, language: str
) -> None:
    """What the walk of all pages (test_pages.py) does not meet: axe, headings, room for fingers, enlarged."""
    person, found = chromium(locale=language), Findings()
    page = chromium_of(person).page
    page.add_init_script(path=axe_script())
    looker = Looker(page, found, language, is_phone=True)
    give_a_phone_that_makes_passkeys(person)
    page.add_init_script(NO_OFFER)
    writes_password(person, house, "ingvild")
    person.is_at("/second-step")
    looker.look("one step left")
    steps.sign_in(person, house.facts, "ingvild")
    person.is_at("/welcome")
    in_the_database(house, "UPDATE sign_in_session SET proved_at = '2020-01-01 00:00:00'")
    person.opens("/my-texts")
    person.is_at("/prove")
    looker.look("who is it")
    sign_out(person)
    in_the_database(house, "DELETE FROM code_app")
    writes_password(person, house, "jonas")
    person.is_at("/second-factor")
    looker.look("second factor")
    person.presses("Set up a code app")
    person.is_at("/code-app")
    looker.look("code app")
    person.opens("/second-factor")
    person.presses("Make a passkey")
    person.sees("Your recovery codes")
    looker.look("recovery codes")
    assert {kind: found.of(kind) for kind in found.by_kind if found.of(kind)} == {}
    assert len(found.states) == 5
