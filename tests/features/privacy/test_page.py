"""The privacy page: open to all, true to the access matrix, and the same in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ledvei_pwa.features.people import actions
from ledvei_pwa.features.privacy.rules import rows_by_readers
from ledvei_pwa.features.privacy.text import text_in
from ledvei_pwa.features.privacy.words import READERS, SORTS, row_words
from ledvei_pwa.features.retention import actions as retention
from ledvei_pwa.features.retention.rules import Sort
from ledvei_pwa.kernel.access import (
    ENTRIES,
    LEADING,
    MATRIX,
    Audience,
    Deed,
    Role,
    Row,
    Who,
    supervises_entry,
)
from ledvei_pwa.platform.registry import House
from tests.support.page_client import PageClient, squeeze
from tests.support.people import PASSWORD, a_person, a_service, actor_of, code_now, sign_in

ALLOWED_TAGS = {"h2", "p", "ul", "li", "strong", "a"}

both_languages = pytest.mark.parametrize("language", ["nb", "nn"])


def readers_in_words(matrix: dict[str, Row]) -> dict[str, list[str]]:
    return {str(READERS[who]): names for who, names in rows_by_readers(matrix).items()}


# --- what is read off the matrix ---------------------------------------------------------------------------


def test_everybody_who_may_read_something_has_words() -> None:
    assert rows_by_readers().keys() <= READERS.keys()


def test_every_row_that_is_shown_has_words() -> None:
    assert all(str(row_words(name)) for names in rows_by_readers().values() for name in names)


def test_every_sort_of_text_that_has_a_time_is_shown() -> None:
    assert list(SORTS) == list(Sort)


def test_every_kind_of_text_is_shown() -> None:
    shown = {name for names in rows_by_readers().values() for name in names}
    assert ENTRIES.keys() <= shown


def test_no_text_stands_under_leaders_or_the_administrator() -> None:
    under_leaders = [names for who, names in rows_by_readers().items() if {*LEADING, Who.ADMINISTRATOR} & who]
    assert not {name for names in under_leaders for name in names} & ENTRIES.keys()


def test_what_the_matrix_lets_somebody_else_read_is_shown_elsewhere() -> None:
    private = MATRIX["debrief/private"]
    widened = Row(private.text, {**private.may, Who.SERVICE_LEADER: frozenset({Deed.READ})})
    shown = rows_by_readers({**MATRIX, "debrief/private": widened})
    assert "debrief/private" not in shown[frozenset({Who.AUTHOR})]
    assert shown[frozenset({Who.AUTHOR, Who.SERVICE_LEADER})] == ["debrief/private"]


# --- the text ----------------------------------------------------------------------------------------------


def shape_of(language: str) -> list[str]:
    """Tags, addresses and what is to be filled in, in their order."""
    return re.findall(r'</?\w+|href="[^"]+"|%\(\w+\)s', text_in(language).html)


@pytest.mark.parametrize(
    ("language", "does_not_read"),
    [("nb", "kan den nye ikke lese det du delte med den forrige"), ("nn", "kan den nye ikkje lese det du")],
)
def test_what_it_says_of_a_new_supervisor_is_the_rule(language: str, does_not_read: str) -> None:
    assert not supervises_entry(Audience.SUPERVISOR, "the new one", "the one before")
    assert does_not_read in text_in(language).html


@both_languages
def test_it_counts_the_cookies_that_there_are(client: PageClient, language: str) -> None:
    person = a_person(language=language)
    client.get("/sign-in")
    client.send("/sign-in", email=person.email, password=PASSWORD, code=code_now())
    assert len(client._cookies or ()) == 3
    assert "Det er tre, alle er n" in text_in(language).html


def test_the_page_has_the_same_shape_in_both_languages() -> None:
    assert shape_of("nb") == shape_of("nn")
    assert text_in("nb").html != text_in("nn").html


@both_languages
def test_the_text_uses_plain_tags_that_all_close(language: str) -> None:
    opened = re.findall(r"<(\w+)", text_in(language).html)
    assert set(opened) <= ALLOWED_TAGS
    assert sorted(opened) == sorted(re.findall(r"</(\w+)>", text_in(language).html))


# --- the page ----------------------------------------------------------------------------------------------


@both_languages
def test_everybody_can_read_it_in_their_language(client: PageClient, language: str) -> None:
    a_service()
    page = client.page("/privacy", headers={"Accept-Language": language})
    assert page.heading == text_in(language).title
    assert not re.search(r"%\(|\{\{", page.text())


def test_it_names_the_only_service_to_a_stranger(client: PageClient) -> None:
    a_service("Fjordvik barnevernstjeneste")
    assert "Fjordvik barnevernstjeneste" in client.page("/privacy").text()


def test_it_names_no_service_to_a_stranger_where_there_are_several(client: PageClient) -> None:
    a_service("Fjordvik barnevernstjeneste")
    a_service("Åsbygda barnevernstjeneste")
    text = client.page("/privacy").text()
    assert "Fjordvik" not in text
    assert "Åsbygda" not in text


def test_it_names_ones_own_service(client: PageClient) -> None:
    a_service("Fjordvik barnevernstjeneste")
    sign_in(client, a_person(service=a_service("Åsbygda <barnevernstjeneste>")))
    text = client.page("/privacy").text()
    assert "Åsbygda <barnevernstjeneste>" in text
    assert "Fjordvik" not in text


def test_it_says_how_long_ones_own_service_keeps_texts(client: PageClient) -> None:
    leader = a_person(Role.SERVICE_LEADER, service=a_service())
    sign_in(client, leader)
    retention.choose_periods(actor_of(leader), {Sort.TOPIC: 36}, now=datetime.now(UTC))
    assert times_shown(client)["Tema"] == "3 år"


def test_it_tells_a_stranger_among_several_services_what_is_usual(client: PageClient) -> None:
    a_service()
    a_service()
    assert times_shown(client)["Tema"] == "18 måneder"


def times_shown(client: PageClient) -> dict[str, str]:
    kept = next(each for each in client.page("/privacy").all("ul") if each.get("id") == "kept")
    lines = (squeeze("".join(item.itertext())) for item in kept)
    return dict(line.split(": ") for line in lines)


def test_the_sign_in_page_leads_to_it(client: PageClient) -> None:
    assert "/privacy" in client.page("/sign-in").links().values()


def test_an_invitation_leads_to_it(client: PageClient) -> None:
    newcomer = a_person(service=a_service(), can_sign_in=False)
    link = actions.make_invitation(newcomer.id, now=datetime.now(UTC))
    assert "/privacy" in client.page(link.path).links().values()


def test_me_leads_to_it(client: PageClient, house: House) -> None:
    views = client.get(f"/static/{house.settings.build}/views/nb").get_data(as_text=True)
    assert 'href="/privacy"' in views
