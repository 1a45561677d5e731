"""What a network can do to a text: it is kept, the page says so, and it comes to the server once.

One browser and one person for all rows of Chromium's; the most telling five in the other engines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Playwright

from tests.browser import steps
from tests.browser.conftest import ENGINES, PHONE, small_house
from tests.browser.faults import (
    NO_ANSWER,
    NO_NETWORK,
    NOTHING,
    SIGNED_OUT,
    Writer,
    served_behind_a_line,
    settled_in,
    wake_worker,
)
from tests.support import fault_proxy as faults
from tests.support.certificates import Certificate, self_signed
from tests.support.engines import Chromium, new_profile, remove_profile
from tests.support.fault_proxy import EVERYTHING, Fault, Strike
from tests.support.written import Count

pytestmark = [pytest.mark.slow, pytest.mark.one_database, pytest.mark.timeout(180)]

NAME = "ledvei.example"
FOUND = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
NOT_FOUND = f"--host-resolver-rules=MAP {NAME} ~NOTFOUND"


@dataclass(frozen=True)
class Row:
    """`says`: the quiet line on the page while it lasts."""

    strike: Strike
    says: str
    at: str = faults.SYNC


ROWS = {
    "the request is lost": Row(faults.dropped_before, NO_NETWORK),
    "the answer is lost": Row(faults.dropped_after, NO_NETWORK),
    "the answer is cut": Row(faults.cut_short, NO_NETWORK),
    "the answer is cut and called whole": Row(faults.cut_cleanly, NO_NETWORK),
    "the line is reset": Row(faults.reset, NO_NETWORK),
    "a hotel answers": Row(faults.hotel, NO_NETWORK, EVERYTHING),
    "a hotel leads elsewhere": Row(faults.hotel_elsewhere, NO_NETWORK, EVERYTHING),
    **{
        str(status): Row(faults.refused(status), NO_ANSWER)
        for status in (401, 403, 408, 413, 425, 429, 500, 502, 503, 504)
    },
}
MOST_TELLING = (
    "the request is lost",
    "the answer is lost",
    "the answer is cut",
    "a hotel answers",
    "503",
)
JONAS_HAS = "tre lange ord som rimer"


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return self_signed(NAME)


@pytest.fixture(scope="module")
def ingvild(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory, certificate: Certificate
) -> Iterator[Writer]:
    """On a phone with Chromium, over TLS, at a name."""
    engine = Chromium(new_profile("chromium"), PHONE, playwright)
    engine.arguments = [FOUND, f"--ignore-certificate-errors-spki-list={certificate.pin}"]
    folder = tmp_path_factory.mktemp("faults")
    with served_behind_a_line(folder, small_house, host=NAME, certificate=certificate.context) as (
        house,
        line,
    ):
        engine.start()
        yield settled_in(engine, line, house, "ingvild")
        engine.stop()
    remove_profile(engine.profile)


@pytest.mark.parametrize("row", ROWS)
def test_a_text_written_meanwhile_is_kept_and_comes_to_the_server_once(ingvild: Writer, row: str) -> None:
    met = ROWS[row]
    ingvild.survives(Fault(row, met.strike, met.at), met.says)


@pytest.fixture(scope="module", params=ENGINES)
def jonas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """With another engine, at this machine's own name."""
    kind = ENGINES[request.param]
    engine = kind(new_profile(kind.name), PHONE)
    folder = tmp_path_factory.mktemp("faults")
    with served_behind_a_line(folder, small_house) as (house, line):
        engine.start()
        yield settled_in(engine, line, house, "jonas")
        engine.stop()
    remove_profile(engine.profile)


@pytest.mark.parametrize("row", MOST_TELLING)
def test_other_engines_keep_it_too(jonas: Writer, row: str) -> None:
    met = ROWS[row]
    jonas.survives(Fault(row, met.strike, met.at), met.says)


def test_a_request_that_a_router_doubles_takes_effect_once(ingvild: Writer) -> None:
    with ingvild.one_new_text(), ingvild.line.failing(Fault("doubled", faults.doubled)) as met:
        text = ingvild.writes()
        ingvild.all_is_sent()
        ingvild.sees_status(NOTHING)
        assert met.times > 0
    ingvild.has_once(text)


def test_a_request_that_comes_after_a_later_one_takes_effect_once(ingvild: Writer) -> None:
    with ingvild.one_new_text():
        with ingvild.line.failing(Fault("held back", faults.held_back)) as met:
            text = ingvild.writes()
            ingvild.person.waits_for(lambda: met.times > 0, "nothing was asked")
            ingvild.sees_status(NO_NETWORK)
        ingvild.looks_again()
        ingvild.all_is_sent()
        late = ingvild.line.bring_what_was_late()
        assert {answer.status for answer in late} == {200}
        assert any(b'"duplicate"' in answer.content for answer in late)
    ingvild.has_once(text)


def test_a_server_that_asks_for_patience_is_given_it(ingvild: Writer) -> None:
    """Whoever looks again in the meantime does not make the app ask any sooner."""
    wait = 3
    strike = faults.refused(429, Retry_After=str(wait))
    with ingvild.one_new_text():
        with ingvild.line.failing(Fault("patience", strike)) as met:
            ingvild.writes()
            ingvild.person.waits_for(lambda: met.times > 0, "nothing was asked")
            ingvild.sees_status(NO_ANSWER)
        asked = len(ingvild.line.asked)
        ingvild.looks_again()
        ingvild.all_is_sent()
    next_one = next(each for each in ingvild.line.asked[asked:] if each.path == faults.SYNC)
    assert next_one.at - met.asked[-1].at >= wait


def test_a_server_that_never_answers_is_given_up_and_the_page_goes_on_meanwhile(ingvild: Writer) -> None:
    with ingvild.one_new_text():
        with ingvild.line.failing(Fault("silence", faults.silence)) as met:
            text = ingvild.writes()
            ingvild.person.waits_for(lambda: met.times > 0, "nothing was asked")
            ingvild.has_once(text)
            # Twice half a minute, when the worker was woken first and the page waits for its turn.
            ingvild.sees_status(NO_NETWORK, patience=90)
        ingvild.looks_again()
        ingvild.all_is_sent()
    ingvild.has_once(text)


def test_whoever_signs_out_while_the_server_never_answers_is_locked_at_once_and_told(ingvild: Writer) -> None:
    with ingvild.line.failing(Fault("silence", faults.silence, "/api/v1/sign-out")):
        ingvild.goes("/me")
        ingvild.person.presses("Sign out")
        ingvild.person.sees("Sign out on this device?")
        ingvild.person.presses("Sign out")
        ingvild.person.waits_for(
            lambda: ingvild.person.word("Your passphrase") in ingvild.person.page_words(), "not locked", 5
        )
        ingvild.person.sees(
            "Ledvei is locked. The server could not be told that you signed out: "
            "do it again when there is a network."
        )
    steps.unlock(ingvild.person)
    ingvild.person.sees("Sign out")


@pytest.mark.parametrize("is_expired", [False, True], ids=["unknown", "expired"])
def test_nothing_is_sent_to_whoever_shows_another_certificate(
    ingvild: Writer, certificate: Certificate, is_expired: bool
) -> None:
    with ingvild.one_new_text():
        before = ingvild.written.count()
        with ingvild.line.showing(self_signed(NAME, is_expired=is_expired).context):
            text = ingvild.writes()
            ingvild.sees_status(NO_NETWORK)
            ingvild.has_once(text)
            assert ingvild.waiting() == 1
            assert ingvild.written.count() == before
        ingvild.looks_again()
        ingvild.all_is_sent()


def test_a_name_that_is_not_found_is_a_day_without_a_network(ingvild: Writer) -> None:
    """The app is opened, unlocked and written in; it comes through when the name is found again."""
    with ingvild.one_new_text():
        with ingvild.opened_with(NOT_FOUND):
            text = ingvild.writes()
            ingvild.sees_status(NO_NETWORK)
            assert ingvild.waiting() == 1
        ingvild.all_is_sent()
        ingvild.sees_status(NOTHING)
    ingvild.has_once(text)


def test_two_tabs_and_the_worker_at_once_send_each_text_once(ingvild: Writer) -> None:
    with ingvild.another_tab() as tab:
        before = ingvild.written.count()
        with ingvild.line.failing(Fault("all at once", faults.dropped_after)) as met:
            texts = [ingvild.writes(), tab.writes()]
            wake_worker(ingvild)
            for is_page in (True, False):
                ingvild.person.waits_for(
                    lambda is_page=is_page: any(each.is_page == is_page for each in met.asked),
                    "one of them did not try",
                )
        with ingvild.line.failing(Fault("slow", faults.slow(0.2, seed=3))):
            for each in (ingvild, tab):
                each.looks_again()
            wake_worker(ingvild)
            ingvild.all_is_sent()
        assert ingvild.written.count() - before == Count(2, 2, 2)
        assert ingvild.written.doubled() == []
        for text in texts:
            ingvild.has_once(text)
            tab.has_once(text)


def test_whoever_was_signed_out_meanwhile_is_sent_for_and_goes_on_after_signing_in(ingvild: Writer) -> None:
    with ingvild.one_new_text():
        with ingvild.line.failing(Fault("away", faults.dropped_before)):
            text = ingvild.writes()
            ingvild.written.end_all_sign_ins()
            ingvild.sees_status(NO_NETWORK)
        ingvild.looks_again()
        ingvild.all_is_sent()
        ingvild.sees_status(SIGNED_OUT)
    ingvild.goes("/me")
    ingvild.person.presses("Sign in")
    steps.sign_in(ingvild.person, ingvild.house.facts, "ingvild")
    steps.unlock(ingvild.person)
    steps.is_equal_with_server(ingvild.person)
    ingvild.sees_status(NOTHING)
    ingvild.has_once(text)


def test_the_text_of_whoever_had_the_phone_before_is_sent_as_theirs(ingvild: Writer) -> None:
    with ingvild.one_new_text():
        with ingvild.line.failing(Fault("away", faults.dropped_before)):
            text = ingvild.writes()
            ingvild.signs_out()
        steps.sign_in(ingvild.person, ingvild.house.facts, "jonas")
        ingvild.person.presses("Set up this device for somebody else")
        steps.settle_in(ingvild.person, JONAS_HAS)
        ingvild.all_is_sent()
        ingvild.goes("/write")
        ingvild.person.does_not_see(text)
    assert ingvild.written.author_of_newest() == "Ingvild Sørli"
    ingvild.signs_out()
    steps.sign_in(ingvild.person, ingvild.house.facts, "ingvild")
    steps.unlock(ingvild.person)
    ingvild.has_once(text)
