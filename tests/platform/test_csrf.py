"""The masked token in the forms."""

from __future__ import annotations

import brotli
from hypothesis import given
from hypothesis import strategies as some

from ledvei_pwa.platform.csrf import masked, unmasked
from tests.support.page_client import PageClient


@given(some.text(alphabet=some.characters(codec="ascii"), min_size=1))
def test_what_is_masked_comes_back_and_shows_nothing_of_itself(token: str) -> None:
    one, other = masked(token), masked(token)
    assert unmasked(one) == unmasked(other) == token
    assert len(token) < 8 or one != other


def test_the_token_on_a_page_is_another_each_time_and_the_same_in_all_its_forms(client: PageClient) -> None:
    first, second = (client.page("/sign-in") for _ in range(2))
    assert first.value("csrf_token") != second.value("csrf_token")
    assert first.html.count(first.value("csrf_token")) == first.html.count('name="csrf_token"') > 1


def test_a_form_with_a_token_that_was_masked_by_somebody_else_is_refused(client: PageClient) -> None:
    client.page("/sign-in")
    assert client.post("/sign-in", data={"csrf_token": masked("nothing")}).status_code == 400
    assert client.post("/sign-in", data={"csrf_token": "~å"}).status_code == 400


def test_the_sign_in_is_sent_compressed(client: PageClient) -> None:
    answer = client.get("/sign-in", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert b'name="csrf_token"' in brotli.decompress(answer.data)
