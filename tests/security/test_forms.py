"""Forms filled in as nobody would: any of their fields with any text, several values, none, or others' ids.

Never a failure of ours, nothing shown as markup, nothing written by what is refused. Here some, the same
every time; `make schemathesis` sends many, other ones each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.security.routes import ROUTES
from tests.security.test_hostile import FIELD, MOST_STATEMENTS, SENT_HERE, has_page, is_shown_raw, person_for
from tests.security.test_matrix import address_of, addresses, places_of
from tests.security.test_schemathesis import EXAMPLES, LONG
from tests.security.town import Answer, Town, words

pytestmark = pytest.mark.one_database
MANY: Final = LONG * 10 or 100
# Here a wrong try is counted, which is written down though it is refused.
COUNTS_TRIES: Final = ("sign_in.", "factors.", "reentry.", "own_texts.", "openid.")
# What each change of a session or a text is told of, to everybody whose it is: a number of them at a time.
DEAR: Final = (
    "people.disable_person",
    "supervision.end_page",
    "supervision.edit_page",
    "supervision.start_page",
)
ALMOST: Final = (
    *("", " ", "0", "-1", "1e9", "99999999999999999999", "٣", "on", "null", "[]", "nb", "\x1f", "\u202e"),
    *("2026-02-30", "0000-00-00", "9999-12-31", "2026-W10-1", "24:00", "09:00:00", "kl. ni", "25.11.2026"),
    *("https://", "https://[", "a@b", "a@b@c.no", "caseworker", "service_leader", "' OR 1=1 --", "{{7*7}}"),
    '"><b onclick=a()>merke</b>',
)


@dataclass(frozen=True)
class Filled:
    """A form as somebody would send it who may."""

    name: str
    person: str
    address: str
    fields: dict[str, Any]
    shown: tuple[str, ...]

    @property
    def counts_tries(self) -> bool:
        return self.name.split()[1].startswith(COUNTS_TRIES)


def forms_of(town: Town) -> Iterator[Filled]:
    for name, method, rule in addresses(town):
        ruled = ROUTES[name]
        if ruled.fill is None or method != "POST" or rule.rule.startswith("/api/"):
            continue
        place, person = places_of(town, rule)[0], person_for(ruled)
        address, fields = address_of(town, rule, place), ruled.fill(town, place, person)
        page = town.ask(person, "GET", address).text if has_page(town, rule) else ""
        shown = tuple(sorted({*fields, *FIELD.findall(page), "no_such_field"} - SENT_HERE))
        yield Filled(name, person, address, fields, shown)


@pytest.fixture(scope="module")
def forms(town: Town) -> list[Filled]:
    found = list(forms_of(town))
    assert len(found) > 40
    return found


def values_of(town: Town) -> some.SearchStrategy[Any]:
    """One value, or several under one name, as checkboxes send them."""
    one = some.one_of(
        some.sampled_from(ALMOST), some.sampled_from(sorted(town.ids.values())), some.text(max_size=300)
    )
    return some.one_of(one, some.lists(one, max_size=4))


@pytest.mark.timeout(3600 if LONG else 120)
def test_a_form_is_answered_calmly_whatever_is_filled_in(town: Town, forms: list[Filled]) -> None:
    tried: Counter[str] = Counter()

    @settings(EXAMPLES, max_examples=MANY)
    @given(data=some.data())
    def send(data: Any) -> None:
        form = data.draw(some.sampled_from(forms))
        wrong = data.draw(some.dictionaries(some.sampled_from(form.shown), values_of(town), min_size=1))
        left_out = data.draw(some.sets(some.sampled_from(form.shown), max_size=2))
        sent = {name: value for name, value in {**form.fields, **wrong}.items() if name not in left_out}
        tried[form.name] += 1
        found = list(problems_with(form, post(town, form, sent), texts_in(wrong)))
        assert found == [], words([form.name, sent, *found])

    send()
    assert len(tried) > len(forms) / 2


def test_a_form_that_lacks_a_field_is_answered_calmly(town: Town, forms: list[Filled]) -> None:
    wrong = []
    for form in forms:
        for name in form.fields:
            answer = post(town, form, {other: form.fields[other] for other in form.fields if other != name})
            wrong += [f"{form.name} without {name}: {what}" for what in problems_with(form, answer, [])]
    assert wrong == [], words(wrong)


def post(town: Town, form: Filled, sent: dict[str, Any]) -> Answer:
    body = urlencode({"csrf_token": town.tokens[form.person], **sent}, doseq=True, errors="surrogatepass")
    return town.ask(
        form.person, "POST", form.address, data=body, content_type="application/x-www-form-urlencoded"
    )


def problems_with(form: Filled, answer: Answer, texts: list[str]) -> Iterator[str]:
    if answer.status >= 500:
        yield f"failed with {answer.status}"
    if answer.status >= 400 and answer.changed and not form.counts_tries:
        yield f"{answer.status}, and something was written"
    if answer.statements > MOST_STATEMENTS and not form.name.endswith(DEAR):
        yield f"{answer.statements} statements"
    if any(is_shown_raw(text, answer.text) for text in texts):
        yield "something stands on the page as markup"


def texts_in(filled: dict[str, Any]) -> list[str]:
    values = [value if isinstance(value, list) else [value] for value in filled.values()]
    return [text for several in values for text in several]
