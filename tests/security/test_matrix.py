"""Every address, every operation and every feed as each person of the access matrix: it is as it says.

Real requests to the real app: who may not gets a refusal that writes nothing and shows no word of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule
from wtforms import Form

from ledvei_pwa.features.supervision.rules import SUPERVISES
from ledvei_pwa.kernel.access import (
    ENTRIES,
    HAVE_LEFT,
    MATRIX,
    READERS,
    Audience,
    Deed,
    Relation,
    Thing,
    Who,
    entry_row,
    supervises_entry,
)
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.registry import EntryKind, House
from ledvei_pwa.sync.records import Entry
from tests.security.routes import ROUTES, SUBJECTS, Ruled, send
from tests.security.town import (
    BY_ROLE,
    EVERYBODY,
    FILLED,
    NOBODY,
    RETURNING,
    STRANGER,
    TEXT_FIELD,
    Answer,
    Marked,
    Place,
    Town,
    scope_of,
    words,
)
from tests.support.device import Device

pytestmark = pytest.mark.one_database
ROOT: Final = Path(__file__).resolve().parents[2]
MARKING: Final = {"topic": {"outcome": "done"}, "agreement": {"done": True}}
NEAR_THE_OTHERS: Final = {"author", "external", "expired", "team_leader", STRANGER}
TAKEN: Final = {"applied", "merged", "conflict"}


# --- nothing is without a row -------------------------------------------------------------------------------


def test_every_route_has_a_row_in_the_matrix(town: Town) -> None:
    served = {name for name, _, _ in addresses(town)}
    assert served - ROUTES.keys() == set(), "say in tests/security/routes.py which row it stands under"
    assert ROUTES.keys() - served == set(), "these are served no more"


def test_every_kind_of_entry_has_a_row_for_each_audience(town: Town) -> None:
    house: House = town.app.extensions["ledvei"]
    wanted = {entry_row(kind.name, one) for kind in house.entry_kinds.values() for one in audiences_of(kind)}
    assert wanted == set(ENTRIES)


def test_what_was_shared_with_the_supervisor_before_is_walked(town: Town) -> None:
    walked = {text.row for text in town.texts if Who.NEW_SUPERVISOR in text.who["supervisor"]}
    assert walked >= {row for row in ENTRIES if row.endswith("/supervisor")}


def test_every_kind_of_entry_is_walked(town: Town) -> None:
    assert {text.row for text in town.texts if text.place == town.places["group"]} == set(ENTRIES)


def test_everything_that_devices_are_fed_has_a_row(town: Town) -> None:
    assert set(town.app.extensions["ledvei"].subjects) == set(SUBJECTS)


def test_who_reads_in_the_matrix_are_the_readers_of_each_audience() -> None:
    as_relation = {
        Who.AUTHOR: Relation.AUTHOR,
        Who.SUPERVISOR: Relation.SUPERVISOR,
        Who.NEW_SUPERVISOR: Relation.SUPERVISOR,
        Who.EXTERNAL_SUPERVISOR: Relation.SUPERVISOR,
        Who.MEMBER: Relation.MEMBER,
        Who.OWNER: Relation.MEMBER,
    }
    for name, row in ENTRIES.items():
        audience = Audience(name.split("/")[1])
        wanted = {who for who, relation in as_relation.items() if relation in READERS[audience]}
        if not supervises_entry(audience, "today's", "the one before"):
            wanted.discard(Who.NEW_SUPERVISOR)
        assert {who for who in Who if row.allows([who], Deed.READ)} == wanted, name


def audiences_of(kind: EntryKind) -> list[Audience]:
    if kind.audience is not None:
        return [kind.audience]
    form: Form = kind.form()
    return [Audience(value) for value in form["audience"].values]


# --- addresses ----------------------------------------------------------------------------------------------


def addresses(town: Town) -> Iterator[tuple[str, str, Rule]]:
    """`METHOD endpoint`, the method and the rule of all that is served."""
    for rule in sorted(town.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.endpoint}", method, rule


def address_of(town: Town, rule: Rule, place: Place) -> str:
    known = {
        **town.ids,
        "series_id": place.series,
        "session_id": place.later,
        "language": "nb",
        "view": "today",
        "build": town.app.extensions["ledvei"].settings.build,
        "token": "no-such-link",
        "provider_id": "no-such-provider",
    }
    built = rule.build({name: known[name] for name in rule.arguments})
    assert built, rule
    return built[1]


def places_of(town: Town, rule: Rule) -> list[Place]:
    """A series' address is tried with each kind of series, the others once."""
    keys = ("group", "external", "expired") if is_of_series(rule) else ("group",)
    return [town.places[key] for key in keys]


def standing(ruled: Ruled, person: str, place: Place, rule: Rule) -> list[Who]:
    """What this person is to what the address is about."""
    if person == NOBODY:
        return [Who.NOBODY]
    if person == RETURNING:
        return [Who.AUTHOR if ruled.waiting else Who.RETURNING]
    if ruled.own:
        return [Who.AUTHOR]
    if is_of_series(rule):
        return [place.who[person]]
    if person == STRANGER and not (rule.arguments or ruled.names_a_device):
        return [Who.SERVICE_LEADER]  # these pages are about their own service
    return [BY_ROLE[person], *([Who.AUTHOR] if person == "author" else [])]


def is_of_series(rule: Rule) -> bool:
    return bool(rule.arguments & {"series_id", "session_id"})


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_address_is_for_those_whom_the_matrix_names(town: Town, person: str) -> None:
    wrong = []
    for name, method, rule in addresses(town):
        for place in places_of(town, rule):
            ruled = ROUTES[name]
            row = MATRIX[ruled.thing or place.session_thing]
            may = row.allows(standing(ruled, person, place, rule), ruled.deed)
            answer = send(town, ruled, method, address_of(town, rule, place), place, person)
            problem = problem_with(ruled, method, answer, may) or told_too_much(town, person, answer)
            if problem:
                wrong.append(f"{person}: {method} {rule} ({place.key}) {problem}")
    assert wrong == [], words(wrong)


def problem_with(ruled: Ruled, method: str, answer: Answer, may: bool) -> str:
    """What is otherwise than the matrix says."""
    if answer.status >= 500 and '"status":"down"' not in answer.text:  # tables made without migrations
        return f"failed with {answer.status}"
    if ruled.thing in {Thing.OPEN, Thing.LINK}:
        return ""
    if not may:
        if answer.changed:
            return f"may not, and has written ({answer.status})"
        return "" if answer.is_turned_away or ruled.alike else f"may not, and is answered {answer.status}"
    if answer.status >= 400 or answer.is_turned_away:
        return f"may, and is refused with {answer.status}"
    has_to_write = method != "GET" and ruled.deed is not Deed.READ
    return "may, and nothing is written" if has_to_write and not answer.changed else ""


def told_too_much(town: Town, person: str, answer: Answer) -> str:
    seen = answer.marks - town.may_see(person) - own_address(town, person)
    return f"is shown {sorted(names_of(town, seen))}" if seen else ""


def own_address(town: Town, person: str) -> set[str]:
    """One's own e-mail stands on one's own pages about signing in."""
    email = town.persons[person].email if person in town.persons else ""
    return {one.mark for one in town.marked if one.row == Thing.PERSON_SHEET and one.mark in email}


def names_of(town: Town, marks: frozenset[str]) -> set[str]:
    return {f"{one.row} ({one.mark})" for one in town.marked if one.mark in marks}


def test_the_walk_sees_what_is_shown(town: Town) -> None:
    """A mark that never stands anywhere would never be missed."""
    seen: set[str] = set()
    for address in ("/people", "/series", f"/people/{town.ids['person_id']}"):
        seen |= town.ask("service_leader", "GET", address).marks
    shown = {one.row for one in town.marked if one.mark in seen}
    assert shown >= {Thing.PERSON_NAME, Thing.PERSON_SHEET, Thing.SERIES}


# --- what devices are fed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("person", EVERYBODY)
def test_a_device_is_fed_exactly_what_its_person_may_read(town: Town, person: str) -> None:
    answer = post(town, person, [])
    expected = set() if person in {NOBODY, RETURNING} else fed_to(town, person)
    assert names_of(town, frozenset(expected - given(town, answer))) == set(), "may read it, and has it not"
    assert names_of(town, frozenset(given(town, answer) - expected)) == set(), "has it, and may not"


def given(town: Town, answer: Any) -> set[str]:
    text = answer.get_data(as_text=True)
    return {one.mark for one in town.marked if one.mark in text}


def fed_to(town: Town, person: str) -> set[str]:
    """Names, series and texts. A leader who is not in a series has its page and not its feed."""
    fed = {Thing.PERSON_NAME, *ENTRIES}
    series = {
        one.mark
        for one in town.marked
        if one.row == Thing.SERIES and one.place and one.place.who[person] not in LEADING_ONLY
    }
    return {
        one.mark
        for one in town.marked
        if one.allows(person, Deed.READ) and (one.row in fed or one.mark in series)
    }


LEADING_ONLY: Final = {Who.TEAM_LEADER, Who.SERVICE_LEADER}


def post(town: Town, person: str, operations: list[dict[str, str]]) -> Any:
    """One bare sync. Nobody has no device: somebody's id, and a credential of their own making."""
    device = device_for(town, person)
    return device.post(operations=operations)


def device_for(town: Town, person: str) -> Device:
    if person != NOBODY:
        return town.devices[person]
    known = town.devices["author"]
    client = town.app.test_client()
    return Device(
        client, known.person, known.id, "guessed", "guessed", known.key_id, known.public, cursor=0, epoch=None
    )


# --- operations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_operation_on_every_text_is_for_those_whom_the_matrix_names(town: Town, person: str) -> None:
    texts = [text for text in town.texts if text.place == town.places["group"] or person in NEAR_THE_OTHERS]
    asked = [(text, deed, op) for text in texts for deed, op in operations_on(town, person, text)]
    results = results_of(town, person, [op for _, _, op in asked])
    wrong = []
    for (text, deed, _), result in zip(asked, results, strict=True):
        problem = problem_with_result(text, person, deed, result)
        if problem:
            wrong.append(f"{person}: {deed} {text.row} in {text.place and text.place.key}: {problem}")
    assert wrong == [], words(wrong)


def problem_with_result(text: Marked, person: str, deed: Deed, result: dict[str, Any]) -> str:
    told = f"{result['result']} {result.get('reason', '')}"
    if text.allows(person, deed):
        return "" if result["result"] in TAKEN else f"may, and is {told}"
    if result["result"] != "rejected":
        return f"may not, and is {told}"
    if person == NOBODY:
        return "" if result["reason"] == "device_unknown" else told
    is_seen = text.allows(person, Deed.SEE)
    return "" if is_seen or result["reason"] == "entry_unknown" else f"learns that it is there: {told}"


def operations_on(town: Town, person: str, text: Marked) -> Iterator[tuple[Deed, dict[str, str]]]:
    """Each deed with its operation. To remove comes last: nothing can be done after it."""
    device = device_for(town, person)
    name = TEXT_FIELD[text.kind]
    changes: list[tuple[Deed, str, dict[str, Any]]] = [(Deed.READ, "reading", {})]
    changes.append((Deed.WRITE, text.kind, {name: "Others' words"} if name else FILLED[text.kind]))
    if text.kind in MARKING:
        changes.append((Deed.MARK, text.kind, MARKING[text.kind]))
    if text.kind not in {"agreement", "summary", "holding"}:
        changes.append((Deed.SHARE, text.kind, {"audience": text.audience}))
    changes.append((Deed.REMOVE, text.kind, {"remove": True}))
    for deed, kind, set_ in changes:
        yield deed, device.seal(device.operation(kind, text.id, base=1, **set_))


def results_of(town: Town, person: str, operations: list[dict[str, str]]) -> list[dict[str, Any]]:
    """All in one request, and everything put back."""
    answer = post(town, person, operations)
    town.put_back()
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


BEGINNERS: Final = [("group", person) for person in EVERYBODY]
BEGINNERS += [(key, person) for key in ("external", "expired") for person in ("author", key)]


@pytest.mark.parametrize(("place", "person"), BEGINNERS)
def test_a_new_text_is_taken_from_those_whom_the_matrix_names(town: Town, person: str, place: str) -> None:
    here = town.places[place]
    device = device_for(town, person)
    made = [(row, device.operation(kind_of(row), base=0, **new_text(here, row))) for row in ENTRIES]
    answer = post(town, person, [device.seal(plain) for _, plain in made])
    audiences = audiences_now(town, [plain["operation"]["entry"] for _, plain in made])
    town.put_back()
    wrong = []
    for (row, plain), result in zip(made, answer.get_json()["results"], strict=True):
        may = ENTRIES[row].allows([here.who[person]], Deed.BEGIN)
        if may is not (result["result"] in TAKEN):
            wrong.append(f"{person} {'may' if may else 'may not'} begin {row}: {result}")
        if may and here.who[person] in HAVE_LEFT and audiences.get(plain["operation"]["entry"]) != "private":
            wrong.append(f"{person} has left, and shares {row}")
    assert wrong == [], words(wrong)


def kind_of(row: str) -> str:
    return row.split("/", maxsplit=1)[0]


def new_text(place: Place, row: str) -> dict[str, Any]:
    kind, audience = row.split("/")
    fields = dict(FILLED.get(kind, {}))
    if (name := TEXT_FIELD[kind]) is not None:
        fields[name] = "New words"
    if kind not in {"agreement", "summary", "holding"}:
        fields["audience"] = audience
    return {"scope": scope_of(place, row), **fields}


def audiences_now(town: Town, ids: list[str]) -> dict[str, str]:
    with town.app.app_context():
        rows = db.session.execute(select(Entry.id, Entry.audience).where(Entry.id.in_(ids)))
        return {row.id: row.audience for row in rows}


def test_an_operation_of_a_kind_that_is_not_there_is_refused(town: Town) -> None:
    device = town.devices["author"]
    result = results_of(town, "author", [device.seal(device.operation("secret", new_id(), text="a"))])
    assert (result[0]["result"], result[0]["reason"]) == ("rejected", "unknown_kind")


def test_the_expired_supervisor_of_the_walk_holds_no_role_that_supervises(town: Town) -> None:
    """Otherwise the walk would walk past the case it is named for."""
    page = town.ask("service_leader", "GET", f"/people/{town.persons['expired'].id}")
    assert page.status == 200
    assert town.persons["expired"].roles.isdisjoint(SUPERVISES) is False, "had one when the series began"
    assert BY_ROLE[STRANGER] is Who.OTHER_SERVICE


def test_the_page_for_reviewers_says_what_the_matrix_says() -> None:
    """`python scripts/access_table.py` writes it."""
    found = spec_from_file_location("access_table", ROOT / "scripts" / "access_table.py")
    assert found is not None
    assert found.loader is not None
    script = module_from_spec(found)
    found.loader.exec_module(script)
    assert (ROOT / "docs" / "access.md").read_text(encoding="utf-8") == script.as_page()
