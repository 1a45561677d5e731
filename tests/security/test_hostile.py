"""Five hundred hostile texts in every field, parameter and header: answered calmly, as text, and cheaply.

Here each text goes into one place and each place gets two and more; `make hostile` sends all to all.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, product
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from werkzeug.routing import Rule

from ledvei_pwa.kernel.access import Thing
from ledvei_pwa.platform.registry import House
from tests.security.routes import ROUTES, Ruled, a_plain_series, send
from tests.security.test_matrix import address_of, addresses, new_text, places_of
from tests.security.town import NOBODY, Answer, Town, words

pytestmark = pytest.mark.one_database
PAYLOADS: Final = Path(__file__).with_name("hostile.json")
ALL: Final = bool(os.environ.get("LEDVEI_HOSTILE"))
EVERYWHERE: Final = ("x\udc00y", '"><script>alert(0)</script>')  # half a character; markup
MOST_STATEMENTS: Final = 80  # the dearest honest one needs 66: an invitation that everybody is told of
FIELD: Final = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"')
MARKUP: Final = re.compile(r"[<>\"]")
SENT_HERE: Final = {"csrf_token"}  # what a browser would send without anybody writing it
QUERIES: Final = {
    "/people": ("words", "team", "role", "state"),
    "/series": ("person", "supervisor", "team", "state"),
    "/service/quiet-weeks": ("year",),
    "/sign-in": ("next",),
    "/manifest.webmanifest": ("lang",),
}
HEADERS: Final = (
    "User-Agent", "Accept-Language", "Accept-Encoding", "Origin", "Referer", "Sec-Fetch-Site",
    "X-Forwarded-For", "X-Forwarded-Host", "Content-Type", "If-None-Match", "Range", "Cookie",
)  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """One place for a text, and how it gets there."""

    name: str
    send: Callable[[str], Answer]


def payloads() -> list[str]:
    """A long one is written as a part and how many times."""
    found = json.loads(PAYLOADS.read_text(encoding="utf-8"))
    return [one if isinstance(one, str) else one["text"] * one["times"] for one in found]


def test_there_are_five_hundred_different_texts() -> None:
    assert len(set(payloads())) == 500


# --- the places ---------------------------------------------------------------------------------------------


def spots(town: Town) -> list[Spot]:
    found = [*form_spots(town), *query_spots(town), *path_spots(town)]
    return [*found, *json_spots(town), *operation_spots(town), *header_spots(town)]


def person_for(ruled: Ruled) -> str:
    """Somebody who may, so that the text comes all the way in."""
    return "author" if ruled.thing is Thing.DEVICE else "service_leader"


def form_spots(town: Town) -> Iterator[Spot]:
    for name, _, rule in addresses(town):
        ruled = ROUTES[name]
        if ruled.fill is None or rule.rule.startswith("/api/"):
            continue
        place, person = places_of(town, rule)[0], person_for(ruled)
        address, fields = address_of(town, rule, place), ruled.fill(town, place, person)
        shown = FIELD.findall(town.ask(person, "GET", address).text) if has_page(town, rule) else []
        for field in sorted({*fields, *shown} - SENT_HERE):
            yield Spot(f"{name} {field}", form_sender(town, person, address, fields, field))


def has_page(town: Town, rule: Rule) -> bool:
    return any(other.rule == rule.rule and method == "GET" for _, method, other in addresses(town))


def form_sender(
    town: Town, person: str, address: str, fields: Mapping[str, Any], field: str
) -> Callable[[str], Answer]:
    def send(payload: str) -> Answer:
        sent = {"csrf_token": town.tokens[person], **fields, field: payload}
        body = urlencode(sent, doseq=True, errors="surrogatepass")
        return town.ask(person, "POST", address, data=body, content_type="application/x-www-form-urlencoded")

    return send


def query_spots(town: Town) -> Iterator[Spot]:
    for address, names in QUERIES.items():
        person = NOBODY if address == "/sign-in" else "service_leader"
        for name in names:
            yield Spot(
                f"GET {address}?{name}",
                lambda payload, a=address, n=name, p=person: town.ask(p, "GET", f"{a}?{n}={quoted(payload)}"),
            )


def path_spots(town: Town) -> Iterator[Spot]:
    for _, method, rule in addresses(town):
        for name in sorted(rule.arguments):
            whole = address_with(town, rule, name)
            yield Spot(
                f"{method} {rule.rule} {name}",
                lambda payload, m=method, w=whole: town.ask(
                    "service_leader",
                    m,
                    w.replace("PAYLOAD", quoted(payload)[:8000]),
                    data={"csrf_token": town.tokens["service_leader"]} if m == "POST" else None,
                ),
            )


def address_with(town: Town, rule: Rule, name: str) -> str:
    known = {**town.ids, "language": "nb", "build": "0000", "view": "today"}
    address = re.sub(rf"<[^>]*\b{name}>", "PAYLOAD", rule.rule)
    return re.sub(r"<(?:[^>]*:)?(\w+)>", lambda found: known.get(found[1], "x"), address)


def quoted(payload: str) -> str:
    return quote(payload, safe="", errors="surrogatepass")


def json_spots(town: Town) -> Iterator[Spot]:
    """Each leaf of each body of the API, and the whole body."""
    device, operation = town.devices["author"], {"id": "", "key": "", "sealed": ""}
    request: dict[str, Any] = {"protocol": 1, "device": device.id, "read": device.read}
    request |= {"cursor": 0, "epoch": None, "acknowledged": 0, "operations": [operation]}
    for name, method, rule in addresses(town):
        fill = ROUTES[name].fill
        if fill is None or not rule.rule.startswith("/api/"):
            continue
        body = fill(town, town.places["group"], "author")
        whole = request if rule.endpoint == "sync.sync" else body
        for path in leaves(whole):
            yield Spot(
                f"{name} {'.'.join(map(str, path))}",
                lambda payload, m=method, r=rule.rule, w=whole, p=path: town.send(
                    "author", r, with_leaf(w, p, payload), m
                ),
            )
        yield Spot(
            f"{name} body",
            lambda payload, m=method, r=rule.rule: town.ask(
                "author",
                m,
                r,
                data=payload.encode(errors="surrogatepass"),
                content_type="application/json",
                headers={"X-Ledvei": "1"},
            ),
        )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from leaves(part, (*path, number))
    elif path:
        yield path


def with_leaf(value: Any, path: tuple[Any, ...], leaf: str) -> Any:
    if not path:
        return leaf
    first, *rest = path
    if isinstance(value, list):
        return [with_leaf(part, tuple(rest), leaf) if i == first else part for i, part in enumerate(value)]
    return {**value, first: with_leaf(value[first], tuple(rest), leaf)}


def operation_spots(town: Town) -> Iterator[Spot]:
    """Each field of each kind, and each part of an operation and its envelope; sealed as devices do."""
    house: House = town.app.extensions["ledvei"]
    for kind in sorted(house.entry_kinds):
        by = "supervisor" if kind in {"supervisor_preparation", "summary", "holding"} else "author"
        for field in sorted({*kind_fields(house, kind), "no_such_field"}):
            yield Spot(
                f"operation {kind}.{field}", sealed_sender(town, by, kind, ("operation", "set", field))
            )
    for part in ("id", "kind", "entry", "base", "on", "after", "at", "remove", "set", "scope"):
        yield Spot(f"operation {part}", sealed_sender(town, "author", "topic", ("operation", part)))
    for part in ("v", "person", "device", "credential", "number", "operation"):
        yield Spot(f"envelope {part}", sealed_sender(town, "author", "topic", (part,)))


def kind_fields(house: House, kind: str) -> set[str]:
    return set(house.entry_kinds[kind].form()._fields)


def sealed_sender(town: Town, person: str, kind: str, path: tuple[str, ...]) -> Callable[[str], Answer]:
    row = {"supervisor_preparation": "group", "agreement": "group", "summary": "group", "holding": "group"}
    new = new_text(town.places["group"], f"{kind}/{row.get(kind, 'supervisor')}")
    device = town.devices[person]

    def send(payload: str) -> Answer:
        plain = device.operation(kind, base=0, **new)
        plain["operation"].setdefault("on", None)
        plain["operation"].setdefault("after", None)
        plain["operation"].setdefault("remove", None)
        whole = {"v": 1, "person": device.person.id, "device": device.id, "credential": device.write, **plain}
        whole["operation"]["set"].setdefault(path[-1], None) if path[:2] == ("operation", "set") else None
        data = json.dumps(with_leaf(whole, path, payload)).encode()
        sealed = {"id": plain["operation"]["id"], "key": device.key_id, "sealed": device.seal_bytes(data)}
        request = {"protocol": 1, "device": device.id, "read": device.read, "cursor": 0, "epoch": None}
        return town.send(person, "/api/v1/sync", {**request, "operations": [sealed]})

    return send


def header_spots(town: Town) -> Iterator[Spot]:
    """What no server passes on, a line break or half a character, is taken out first."""
    for name in HEADERS:
        yield Spot(
            f"header {name}",
            lambda payload, n=name: town.ask("author", "GET", "/devices", headers={n: as_header(payload)}),
        )


def as_header(payload: str) -> str:
    printable = "".join(letter for letter in payload if letter.isprintable() or letter == " ")
    return printable.encode(errors="replace").decode("latin-1").replace("\x85", "")[:8000]


# --- the walk -----------------------------------------------------------------------------------------------


def pairs(town: Town) -> Iterator[tuple[str, Spot]]:
    """All with all; or each text in one place, and two in each place. The same every time."""
    places = spots(town)
    if ALL:
        yield from product(payloads(), places)
        return
    yield from product(EVERYWHERE, places)
    yield from zip(payloads(), cycle(places), strict=False)


@pytest.mark.timeout(7200 if ALL else 120)
def test_every_hostile_text_is_answered_calmly_wherever_it_is_sent(town: Town) -> None:
    wrong: list[str] = []
    tried: Counter[str] = Counter()
    for payload, spot in pairs(town):
        tried[spot.name] += 1
        found = problems(payload, spot.send(payload))
        wrong += [f"{spot.name} {payload[:60]!r}: {problem}" for problem in found]
    assert wrong == [], words(wrong[:50])
    assert min(tried.values()) >= len(EVERYWHERE)


def test_json_that_goes_too_deep_is_answered_calmly_by_every_route(town: Town) -> None:
    wrong, tried = [], 0
    for _, method, rule in addresses(town):
        if not rule.rule.startswith("/api/"):
            continue
        tried += 1
        sent = {"data": b"[" * 100_000, "content_type": "application/json", "headers": {"X-Ledvei": "1"}}
        answer = town.ask("author", method, rule.rule, **sent)
        if answer.status >= 500:
            wrong.append(f"{method} {rule}: {answer.status}")
    assert wrong == [], words(wrong)
    assert tried >= 6


def problems(payload: str, answer: Answer) -> Iterator[str]:
    if answer.status >= 500:
        yield f"failed with {answer.status}"
    if answer.statements > MOST_STATEMENTS:
        yield f"{answer.statements} statements"
    headers = dict(answer.headers)
    if "html" in headers.get("Content-Type", "") and is_shown_raw(payload, answer.text):
        yield "stands on the page as markup"
    if any("\r" in value or "\n" in value for value in headers.values()) or "X-Injected" in headers:
        yield "has written a header"
    # Two slashes in a row are sent on to one by Werkzeug, with our own host before it.
    if answer.location and not re.match(r"/(?![/\\])", answer.location.removeprefix("http://localhost")):
        yield f"leads to {answer.location}"


def is_shown_raw(payload: str, page: str) -> bool:
    return len(payload) > 5 and bool(MARKUP.search(payload)) and payload.strip() in page


@pytest.mark.parametrize("what", ["team", "person"])
def test_every_hostile_name_that_is_taken_is_shown_as_text(town: Town, what: str) -> None:
    """Kept, and then seen by others on another page: stored cross-site scripting."""
    names = [text for text in payloads() if MARKUP.search(text) and len(text) <= 200][:: 1 if ALL else 4]
    address, fields, pages = {
        "team": ("/people/teams", {}, ("/people/teams", "/people", "/people/invite")),
        "person": (f"/people/{town.ids['person_id']}", {}, ("/people", "/series/new", "/series")),
    }[what]
    wrong, taken = [], 0
    for name in names:
        sent = {"name": name, "email": town.persons["author"].email, **fields}
        with town.keeping():
            changed = town.send("service_leader", address, sent).changed
            shown = [town.ask("service_leader", "GET", page).text for page in pages] if changed else []
        taken += changed
        wrong += [
            f"{name!r} on {page}"
            for page, text in zip(pages, shown, strict=False)
            if is_shown_raw(name, text)
        ]
    assert wrong == [], words(wrong)
    assert taken > len(names) / 2


def test_every_hostile_name_of_a_series_that_is_taken_is_shown_as_text(town: Town) -> None:
    """It is looked at before it is saved, so that a single text in a single request never comes so far."""
    names = [text for text in payloads() if MARKUP.search(text) and len(text) <= 100][:: 1 if ALL else 16]
    ruled, wrong, taken = ROUTES["POST supervision.start_page"], [], 0
    for name in names:
        written = {"name": name, "place": name}
        filled = replace(ruled, fill=lambda *about, more=written: {**a_plain_series(*about), **more})
        with town.keeping():
            made = send(town, filled, "POST", "/series/new", town.places["group"], "supervisor")
            pages = ["/series", made.location.removeprefix("http://localhost")] if made.changed else []
            shown = {page: town.ask("supervisor", "GET", page).text for page in pages}
        taken += made.changed
        wrong += [f"{name!r} on {page}" for page, text in shown.items() if is_shown_raw(name, text)]
    assert wrong == [], words(wrong)
    assert taken > len(names) / 2
