"""Another service's ids, in every address, form field and operation: answered as ids that nobody has.

Not only nothing is shown: nobody can tell either that there is something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from ledvei_pwa.platform.database import new_id
from ledvei_pwa.platform.registry import House
from ledvei_pwa.platform.written import is_id, references
from tests.security.routes import ROUTES, Ruled, send
from tests.security.test_matrix import address_of, addresses, new_text, places_of
from tests.security.town import FILLED, TEXT_FIELD, Answer, Town, words
from tests.support.device import Device
from tests.support.page_client import without_what_is_random

pytestmark = pytest.mark.one_database
OF_EVERY_ROLE: Final = ("author", "supervisor", "team_leader", "service_leader", "administrator", "external")


def theirs(town: Town) -> dict[str, str]:
    """The other service's thing, for each of ours that is named somewhere."""
    found = {town.ids[name]: town.ids[f"their_{name}"] for name in town.ids if f"their_{name}" in town.ids}
    there = town.places["elsewhere"]
    for key in ("group", "external", "expired"):
        here = town.places[key]
        found |= {here.series: there.series, here.session: there.session, here.later: there.later}
    for key, person in town.persons.items():
        found[person.id] = town.persons["their_supervisor" if "supervisor" in key else "their_author"].id
    return found


def exchanged(value: Any, ids: Mapping[str, str]) -> Any:
    """The same, with other ids."""
    if isinstance(value, Mapping):
        return {name: exchanged(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [exchanged(part, ids) for part in value]
    return ids.get(value, value) if isinstance(value, str) else value


def ids_in(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*(ids_in(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(ids_in(part) for part in value))
    return {value} if is_id(value) else set()


def as_seen(answer: Answer, *ids: str) -> tuple[int, str, str]:
    """What one can tell an answer by, without what was asked about."""
    text, location = without_what_is_random(answer.text), answer.location
    for id_ in ids:
        text, location = text.replace(id_, "ID"), location.replace(id_, "ID")
    return answer.status, text, location


# --- addresses and forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", OF_EVERY_ROLE)
def test_an_address_with_another_services_id_is_answered_as_one_that_nobody_has(
    town: Town, person: str
) -> None:
    wrong, tried = [], 0
    known = theirs(town)
    for name, method, rule in addresses(town):
        ours = address_of(town, rule, places_of(town, rule)[0])
        named = [id_ for id_ in known if id_ in ours]
        if not named:
            continue
        tried += 1
        unknown = {id_: new_id() for id_ in named}
        answers = [
            send(town, ROUTES[name], method, with_ids(ours, ids), town.places["group"], person)
            for ids in (known, unknown)
        ]
        wrong += [
            f"{person}: {method} {rule}: {what}"
            for what in differences(
                town, answers, [known[id_] for id_ in named], list(unknown.values()), person
            )
        ]
    assert wrong == [], words(wrong)
    assert tried > 15


def with_ids(address: str, ids: Mapping[str, str]) -> str:
    for ours, other in ids.items():
        address = address.replace(ours, other)
    return address


def differences(
    town: Town, answers: list[Answer], known: list[str], unknown: list[str], person: str
) -> Iterator[str]:
    there, nowhere = answers
    if there.status >= 500 or nowhere.status >= 500:
        yield f"failed ({there.status}, {nowhere.status})"
    if there.changed:
        yield "has written"
    if there.status == 200:
        yield "is answered with content"
    if there.marks - town.may_see(person):
        yield "shows something of theirs"
    if as_seen(there, *known) != as_seen(nowhere, *unknown):
        yield f"can be told from an id that nobody has ({there.status}, {nowhere.status})"


def fields_with_ids(town: Town, person: str) -> Iterator[tuple[str, str, str, Ruled, dict[str, Any], str]]:
    """Each id in each form and each JSON body, one at a time."""
    known = theirs(town)
    for name, method, rule in addresses(town):
        ruled = ROUTES[name]
        if ruled.fill is None:
            continue
        place = places_of(town, rule)[0]
        fields = ruled.fill(town, place, person)
        for id_ in sorted(ids_in(fields) & known.keys()):
            yield name, method, address_of(town, rule, place), ruled, fields, id_


@pytest.mark.parametrize("person", ["author", "service_leader", "team_leader"])
def test_another_services_id_in_a_form_is_answered_as_one_that_nobody_has(town: Town, person: str) -> None:
    wrong, tried = [], set()
    known = theirs(town)
    for name, method, address, ruled, fields, id_ in fields_with_ids(town, person):
        tried.add(name)
        unknown = new_id()
        answers = []
        for other in (known[id_], unknown):
            sent = exchanged(fields, {id_: other})
            filled = replace(ruled, fill=lambda *_, sent=sent: sent)
            answers.append(send(town, filled, method, address, town.places["group"], person))
        there, nowhere = answers
        if as_seen(there, known[id_]) != as_seen(nowhere, unknown) or there.changed or there.status >= 500:
            wrong.append(f"{person}: {name} with {id_}: {there.status}, {nowhere.status}, {there.changed}")
        if there.marks - town.may_see(person):
            wrong.append(f"{person}: {name} shows something of theirs")
    assert wrong == [], words(wrong)
    assert tried >= {"POST people.invite", "POST supervision.start_page", "POST push.subscribe"}


QUERIES: Final = (
    ("/people?team={}", "team_id"),
    ("/people?words={}", "person_id"),
    ("/series?team={}&state=all", "team_id"),
    ("/series?person={}&state=all", "person_id"),
    ("/series?supervisor={}&state=all", "person_id"),
)


@pytest.mark.parametrize(("address", "name"), QUERIES)
def test_another_services_id_narrows_a_list_as_one_that_nobody_has(
    town: Town, address: str, name: str
) -> None:
    other, unknown = town.ids[f"their_{name}"], new_id()
    answers = [town.ask("service_leader", "GET", address.format(id_)) for id_ in (other, unknown)]
    assert as_seen(answers[0], other) == as_seen(answers[1], unknown)
    assert answers[0].status == 200


# --- operations ---------------------------------------------------------------------------------------------


def result_of(town: Town, device: Device, sealed: dict[str, str], **request: Any) -> dict[str, Any]:
    answer = device.post(operations=[sealed], **request)
    town.put_back()
    assert answer.status_code == 200
    result: dict[str, Any] = answer.get_json()["results"][0]
    return {name: value for name, value in result.items() if name != "id"}


@pytest.mark.parametrize("person", OF_EVERY_ROLE)
def test_an_operation_on_another_services_text_is_answered_as_one_on_no_text(town: Town, person: str) -> None:
    device, wrong = town.devices[person], []
    for text in (one for one in town.texts if one.place == town.places["elsewhere"]):
        name = TEXT_FIELD[text.kind]
        changes: list[tuple[str, dict[str, Any]]] = [
            ("reading", {}),
            (text.kind, {name: "x"} if name else {}),
            (text.kind, {"remove": True}),
            ("holding", FILLED["holding"]),
        ]
        for kind, set_ in changes:
            there, nowhere = (
                result_of(town, device, device.seal(device.operation(kind, id_, base=1, **set_)))
                for id_ in (text.id, new_id())
            )
            if there != nowhere or there["result"] != "rejected":
                wrong.append(f"{person}: {kind} {set_}: {there} {nowhere}")
    assert wrong == [], words(wrong)


@pytest.mark.parametrize("person", ["author", "supervisor", "service_leader"])
def test_a_text_for_another_services_series_is_answered_as_for_none(town: Town, person: str) -> None:
    device, there, wrong = town.devices[person], town.places["elsewhere"], []
    for row in ("topic/group", "debrief/supervisor", "summary/group", "holding/group", "agreement/group"):
        new = new_text(there, row)
        results = []
        for scope in (new["scope"], {name: new_id() for name in new["scope"]}):
            plain = device.operation(row.split("/")[0], base=0, **{**new, "scope": scope})
            results.append(result_of(town, device, device.seal(plain)))
        if results[0] != results[1] or results[0]["result"] != "rejected":
            wrong.append(f"{row}: {results}")
    assert wrong == [], words(wrong)


POINTING: Final = [
    ("agreement", "owner", "their_author"),
    ("topic", "outcome_session", "session"),
    ("topic", "debrief", "debrief"),
]


@pytest.mark.parametrize(("kind", "field", "what"), POINTING)
def test_pointing_at_another_services_thing_is_answered_as_at_nothing(
    town: Town, kind: str, field: str, what: str
) -> None:
    there = town.places["elsewhere"]
    debrief = next(one.id for one in town.texts if one.kind == "debrief" and one.place == there)
    other = {"their_author": town.persons["their_author"].id, "session": there.session, "debrief": debrief}
    new = new_text(town.places["group"], f"{kind}/group")
    device = town.devices["author"]
    results = [
        result_of(town, device, device.seal(device.operation(kind, base=0, **new, **{field: id_})))
        for id_ in (other[what], new_id())
    ]
    assert results[0] == results[1]


def test_every_field_that_points_at_something_is_tried(town: Town) -> None:
    house: House = town.app.extensions["ledvei"]
    pointing = {(kind.name, field) for kind in house.entry_kinds.values() for field in references(kind.form)}
    tried = {tuple(getattr(one, "values", one)[:2]) for one in POINTING}
    assert pointing == tried


@pytest.mark.parametrize("part", ["person", "device"])
def test_an_operation_in_another_services_name_is_answered_as_in_nobodys(town: Town, part: str) -> None:
    device = town.devices["author"]
    other = {"person": town.ids["their_person_id"], "device": town.ids["their_device_id"]}
    plain = device.operation("debrief", base=0, happened="x", audience="private")
    results = [result_of(town, device, device.seal(plain, **{part: id_})) for id_ in (other[part], new_id())]
    assert results[0] == results[1]
    assert results[0]["reason"] == "device_unknown"


def test_fetching_for_another_services_device_is_answered_as_for_none(town: Town) -> None:
    device = town.devices["author"]
    answers = [device.post(device=id_).get_json() for id_ in (town.ids["their_device_id"], new_id())]
    assert answers[0] == answers[1]


def test_so_is_fetching_for_a_colleagues_device(town: Town) -> None:
    asking, colleagues = town.devices["author"], town.devices["supervisor"]
    answers = [asking.post(device=id_).get_json() for id_ in (colleagues.id, new_id())]
    assert answers[0] == answers[1]


def test_a_device_is_told_how_far_it_is_by_its_credential_without_a_sign_in(town: Town) -> None:
    device = town.devices["author"]
    device.client.delete_cookie("ledvei")
    assert device.post().get_json()["device"]["revoked"] is False
    assert device.post(read=None).get_json()["device"] is None
