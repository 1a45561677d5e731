"""What people do and what happens to them, one step at a time, out of the seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ledvei_pwa.features.people import actions as people_actions
from ledvei_pwa.features.supervision import actions as supervision
from ledvei_pwa.features.supervision.records import Series
from ledvei_pwa.platform.database import db
from tests.fuzz.model import Intent
from tests.fuzz.phones import Phone
from tests.fuzz.settle import be_signed_in, be_unlocked, enrol
from tests.fuzz.world import RULE, Group, Person
from tests.support.supervision import a_leader, a_plan

if TYPE_CHECKING:
    from tests.fuzz.run import Run

AUDIENCES: Final = {
    "topic": ["private", "supervisor", "group"],
    "preparation": ["private", "supervisor", "group"],
    "supervisor_preparation": ["private", "group"],
    "debrief": ["private", "supervisor"],
    "assessment": ["private", "supervisor"],
}
TEXTS: Final = {
    "topic": ["question"],
    "preparation": ["went_well"],
    "supervisor_preparation": ["follow_up", "ask_about", "opening_question"],
    "debrief": ["happened", "reactions", "helped", "hear_from"],
    "assessment": [],
    "agreement": ["text"],
    "summary": ["text"],
}
ROLES: Final = {
    "topic": "member",
    "preparation": "member",
    "supervisor_preparation": "supervisor",
    "summary": "supervisor",
}
HOUR: Final = 60 * 60_000
YEAR: Final = 365 * 24 * HOUR

Step = Callable[["Run"], None]
STEPS: Final[dict[str, tuple[int, Step]]] = {}


def step(weight: int) -> Callable[[Step], Step]:
    def note(work: Step) -> Step:
        STEPS[work.__name__] = (weight, work)
        return work

    return note


def play(run: Run) -> None:
    """All steps of this seed. Which kinds it has at all is decided first: few kinds often meet more."""
    rng = run.rng
    prepare(run)
    kinds = [name for name in STEPS if name in ALWAYS or rng.random() < 0.6]
    weights = [STEPS[name][0] for name in kinds]
    if not run.server.is_sqlite:  # many writers at a time are what this database is for
        kinds, weights = [*kinds, "all_at_once"], [*weights, 15]
    for number in range(run.options.steps):
        name = rng.choices(kinds, weights)[0]
        seed = rng.getrandbits(32)
        if run.forced_steps is not None and number not in run.forced_steps:
            continue
        before = rng.getstate()
        rng.seed(seed)
        run.trace(f"{number:3} {run.server.now:%d %H:%M:%S} {name}")
        run.counted[f"step {name}"] += 1
        STEPS[name][1](run)
        run.hands.serve()
        rng.setstate(before)


def prepare(run: Run) -> None:
    """Some people, each with some phones, most of them in touch from the beginning."""
    rng = run.rng
    cast = choose_cast(run)
    for name in cast:
        person = run.world.people[name]
        for _ in range(2 if name == "anna" or rng.random() < 0.25 else 1):
            users = [person]
            if rng.random() < 0.15:
                users.append(run.world.people[rng.choice([other for other in cast if other != name])])
            run.phones.append(run.hands.new_phone(person, users, rng))
    for phone in run.phones:
        if rng.random() < 0.85:
            be_unlocked(run, phone, phone.owner)
            run.hands.pass_time(1)
    for phone in run.phones:
        run.network.weather[phone.id] = rng.choice(["good", "storm", "storm", "storm", "off"])
    if rng.random() < 0.5:
        run.network.faults = rng.sample(run.network.faults, 6)


def choose_cast(run: Run) -> list[str]:
    others = run.rng.sample(["bo", "tor", "cato", "olav"], run.rng.choice([0, 1, 1, 2]))
    if "tor" not in others and run.rng.random() < 0.3:
        others.append("tor")  # who takes over from Siri
    return ["anna", "siri", *others]


# Whose turn it is


@dataclass
class Seat:
    """Somebody unlocked at a phone."""

    phone: Phone
    tab: str
    person: Person


def seated(run: Run) -> Seat | None:
    """Somebody at work on some phone, unlocked first when need be."""
    phone = run.rng.choice(run.phones)
    open_tabs = [tab for tab in phone.tabs if phone.open_as[tab]]
    if open_tabs:
        tab = run.rng.choice(open_tabs)
        state = run.hands.state_of(phone, tab)
        if state["person"]:
            return Seat(phone, tab, run.world.person(state["person"]))
    person = run.rng.choice(phone.users)
    tab_or_none = be_unlocked(run, phone, person)
    return Seat(phone, tab_or_none, person) if tab_or_none else None


def is_there(run: Run, seat: Seat) -> bool:
    """Still unlocked: the page may have been killed."""
    return seat.tab in seat.phone.tabs and seat.phone.open_as[seat.tab] == seat.person.id


def own_entries(run: Run, seat: Seat) -> list[dict[str, Any]]:
    """What this person has written. Without anything, something is written first."""
    for _ in range(2):
        own = [entry for entry in look(run, seat)["entries"] if entry["author"] == seat.person.id]
        if own or not is_there(run, seat):
            return own
        write_something(run, seat)
    return []


def look(run: Run, seat: Seat) -> dict[str, Any]:
    nothing: dict[str, Any] = {"entries": [], "attention": [], "drafts": []}
    return (run.hands.call(seat.tab, "look") if seat.tab in seat.phone.tabs else None) or nothing


def do(run: Run, seat: Seat, does: str, intent: Intent | None = None, **wish: Any) -> None:
    """Do something, and perhaps be killed over it."""
    order = run.hands.order(seat.tab, does, **wish)
    if intent:
        run.model.intents[order["call"]] = intent
    run.trace(f"        {seat.phone.id} {seat.person.key}: {does} {wish}")
    if run.is_deadly and run.rng.random() < 0.08:
        return die_over(run, seat, order)
    if run.is_quiet:
        return run.hands.listen(order)
    run.hands.tell(order)
    failure = run.hands.failure(order)
    if failure:
        run.trace(f"        failed: {failure['name']} {failure['code']} {failure['message']}")
    if run.rng.random() < 0.7:
        run.hands.pass_time(run.rng.choice([1, 20, 60, 500, 2500]))
    return None


def die_over(run: Run, seat: Seat, order: dict[str, Any]) -> None:
    """The page is gone after so many of the browser's own steps."""
    steps = run.rng.choice([0, 1, 2, 3, 5, 8, 12, 20, 40, 80])
    run.counted["client kills"] += 1
    run.trace(f"        killed after {steps} steps")
    run.hands.listen({**order, "steps": steps}, {"do": "kill", "id": seat.tab})
    run.hands.forget_tab(seat.phone, seat.tab)
    run.hands.serve()


# Writing


def group_of(run: Run, person: Person, role: str) -> Group | None:
    """A series that this person had something to do with in the beginning."""
    found = [
        group
        for group in run.world.groups.values()
        if (role != "member" and group.supervisor == person.id)
        or (role != "supervisor" and person.id in group.members)
    ]
    return run.rng.choice(found) if found else None


@step(9)
def write(run: Run) -> None:
    seat = seated(run)
    for _ in range(run.rng.randint(1, 3)):
        if seat and is_there(run, seat):
            write_something(run, seat)


def write_something(run: Run, seat: Seat) -> None:
    rng = run.rng
    kinds = ["debrief", "assessment", "agreement"]
    if group_of(run, seat.person, "member"):
        kinds += ["topic", "topic", "preparation"]
    if group_of(run, seat.person, "supervisor"):
        kinds += ["supervisor_preparation", "summary"]
    kind = rng.choice(kinds)
    group = group_of(run, seat.person, ROLES.get(kind, "any"))
    set_, texts = some_fields(run, kind)
    if kind in AUDIENCES:
        set_["audience"] = rng.choice(AUDIENCES[kind]) if group else "private"
    if kind == "agreement" and group:
        set_ |= {"owner": rng.choice(sorted(group.members | {group.supervisor})), "due": "2026-12-01"}
    scope = scope_of(run, kind, set_, group)
    if scope is None:
        return
    intent = Intent(seat.person.id, seat.phone.id, frozenset(texts))
    if rng.random() < 0.03 and run.knows("never"):
        spoil(run, kind, set_, intent)
    do(run, seat, "write", intent, kind=kind, set=set_, **scope)


def scope_of(run: Run, kind: str, set_: dict[str, Any], group: Group | None) -> dict[str, Any] | None:
    """Where it belongs; None when there is no place for it."""
    if kind in ("debrief", "assessment"):
        return {"series": group.id} if group and set_["audience"] != "private" else {}
    return {"series": group.id, "session": run.rng.choice(group.sessions)} if group else None


def some_fields(run: Run, kind: str) -> tuple[dict[str, Any], list[str]]:
    rng = run.rng
    names = [name for name in TEXTS[kind] if rng.random() < 0.6] or TEXTS[kind][:1]
    set_: dict[str, Any] = {name: run.model.new_text() for name in names}
    texts = list(set_.values())
    if kind == "topic":
        set_ |= {"strain": rng.randint(0, 10), "urgency": rng.choice(["can_wait", "soon", "now"])}
    if kind == "debrief":
        set_ |= {"happened_on": "2026-11-17", "strain": rng.choice([None, 3, 8])}
    if kind == "assessment":
        set_ |= {"taken_on": "2026-11-17", "i01": rng.randint(1, 5), "i02": rng.randint(1, 5)}
    return set_, texts


def spoil(run: Run, kind: str, set_: dict[str, Any], intent: Intent) -> None:
    """Something that the server will never take."""
    intent.is_invalid = True
    run.counted["never accepted"] += 1
    if kind in AUDIENCES:
        set_["audience"] = "no such choice"
    else:
        set_["due" if kind == "agreement" else "no_such_field"] = "no such choice"


@step(12)
def edit(run: Run) -> None:
    seat = seated(run)
    if not seat:
        return
    for _ in range(run.rng.randint(1, 3)):
        own = own_entries(run, seat) if is_there(run, seat) else []
        if own:
            edit_this(run, seat, run.rng.choice(own))


def edit_this(run: Run, seat: Seat, entry: dict[str, Any], *, from_form: bool = False) -> None:
    rng = run.rng
    kind = entry["kind"]
    set_, texts = some_fields(run, kind)
    if rng.random() < 0.15 and kind in AUDIENCES:
        set_, texts = {}, []
    scope = {}
    if kind in AUDIENCES and (rng.random() < 0.2 or not set_):
        scope = share(run, seat, entry, set_)
    if not set_:
        return
    intent = Intent(seat.person.id, seat.phone.id, frozenset(texts), entry["id"])
    if rng.random() < 0.02 and run.knows("never"):
        spoil(run, kind, set_, intent)
    do(run, seat, "edit", intent, kind=kind, entry=entry["id"], set=set_, fromForm=from_form, **scope)


def share(run: Run, seat: Seat, entry: dict[str, Any], set_: dict[str, Any]) -> dict[str, Any]:
    """Let others read it, or make it private again."""
    audience = run.rng.choice(AUDIENCES[entry["kind"]])
    scope = {}
    if audience != "private" and entry["series"] is None:
        group = group_of(run, seat.person, "any")
        if group is None:
            return {}
        scope = {"series": group.id}
    set_["audience"] = audience
    return scope


@step(4)
def share_or_make_private(run: Run) -> None:
    seat = seated(run)
    if not seat:
        return
    own = [
        entry
        for entry in look(run, seat)["entries"]
        if entry["author"] == seat.person.id and entry["kind"] in AUDIENCES
    ]
    if not own:
        return
    entry = run.rng.choice(own)
    set_: dict[str, Any] = {}
    scope = share(run, seat, entry, set_)
    if set_:
        intent = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"])
        do(run, seat, "edit", intent, kind=entry["kind"], entry=entry["id"], set=set_, **scope)


@step(2)
def let_the_next_supervisor_read(run: Run) -> None:
    """Shared with the supervisor, and another takes over: its author opens it to them, as the form offers."""
    seat = seated(run)
    shared = [
        entry
        for entry in (look(run, seat)["entries"] if seat else [])
        if seat and entry["author"] == seat.person.id and entry["audience"] == "supervisor"
    ]
    if not seat or not shared:
        return
    entry = run.rng.choice(shared)
    group = next((one for one in run.world.groups.values() if one.id == entry["series"]), None)
    if group and group.key != "strange" and run.rng.random() < 0.7:
        run.server.do(lambda: change_people(run, group, takes_over=True))
        be_signed_in_when_possible(run, seat)
        do(run, seat, "sync")
    if is_there(run, seat):
        open_to(run, seat, entry, look(run, seat).get("supervisors", {}).get(entry["series"]))


def open_to(run: Run, seat: Seat, entry: dict[str, Any], supervisor: str | None) -> None:
    """To the one whom this phone knows as today's supervisor."""
    if supervisor in (None, entry.get("to")):
        return
    intent = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"])
    run.counted["opened to the next supervisor"] += 1
    do(run, seat, "edit", intent, kind=entry["kind"], entry=entry["id"], set={}, to=supervisor)


@step(4)
def work_on_anothers(run: Run) -> None:
    """A supervisor says how a topic went; somebody has done what was agreed; somebody has read."""
    seat = seated(run)
    if not seat:
        return None
    others = [entry for entry in look(run, seat)["entries"] if entry["author"] != seat.person.id]
    if not others:
        return None
    entry = run.rng.choice(others)
    set_: dict[str, Any] = {}
    if entry["kind"] == "topic":
        set_ = run.rng.choice(
            [{"outcome": "done"}, {"outcome": "carried"}, {"agenda_minutes": run.rng.randint(5, 30)}]
        )
    elif entry["kind"] == "agreement":
        set_ = {"done": run.rng.random() < 0.7, "done_on": "2026-11-18"}
    if not set_ or run.rng.random() < 0.4:
        return do(run, seat, "markSeen", None, entry=entry["id"])
    intent = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"])
    return do(run, seat, "edit", intent, kind=entry["kind"], entry=entry["id"], set=set_)


@step(5)
def resolve(run: Run) -> None:
    """Choose one of the texts that stand side by side, or write another in their place."""
    seat = seated(run)
    if not seat:
        return None
    asking = [entry for entry in look(run, seat)["entries"] if entry["conflicts"]]
    if not asking:
        return None
    entry = run.rng.choice(asking)
    name = run.rng.choice(sorted(entry["conflicts"]))
    if name == "removed":
        intent = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"])
        if run.rng.random() < 0.5:
            intent.remove = True
            return do(run, seat, "remove", intent, entry=entry["id"])
        intent.remove = False
        return do(run, seat, "restore", intent, entry=entry["id"])
    values = [entry["fields"].get(name), *(rival["value"] for rival in entry["conflicts"][name])]
    value = run.rng.choice(values)
    texts: list[str] = [value] if name in TEXTS[entry["kind"]] and value else []
    if texts and run.rng.random() < 0.4:
        value = run.model.new_text()
        texts = [value]
    intent = Intent(seat.person.id, seat.phone.id, frozenset(texts), entry["id"])
    return do(run, seat, "edit", intent, kind=entry["kind"], entry=entry["id"], set={name: value})


@step(3)
def remove(run: Run) -> None:
    seat = seated(run)
    if not seat:
        return
    own = own_entries(run, seat)
    if not own or not is_there(run, seat):
        return
    entry = run.rng.choice(own)
    intent = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"], remove=True)
    do(run, seat, "remove", intent, entry=entry["id"])
    if run.rng.random() < 0.4 and seat.tab in seat.phone.tabs:
        undo = Intent(seat.person.id, seat.phone.id, frozenset(), entry["id"], remove=False)
        do(run, seat, "restore", undo, entry=entry["id"])
        intent.is_undone = undo.is_done


@step(3)
def leave_a_form_open(run: Run) -> None:
    """Open a form, let things happen, and save on top of what stood there then."""
    seat = seated(run)
    if not seat:
        return
    own = own_entries(run, seat)
    if not own or not is_there(run, seat):
        return
    entry = run.rng.choice(own)
    run.hands.call(seat.tab, "openForm", entry=entry["id"])
    run.hands.pass_time(run.rng.choice([100, 10_000, 130_000]))
    other = seated(run)
    if other and other.tab != seat.tab:
        write_or_edit(run, other, entry["id"])
    if seat.tab in seat.phone.tabs and run.hands.state_of(seat.phone, seat.tab)["person"] == seat.person.id:
        edit_this(run, seat, entry, from_form=True)


def write_or_edit(run: Run, seat: Seat, entry_id: str) -> None:
    found = [
        entry
        for entry in look(run, seat)["entries"]
        if entry["id"] == entry_id and entry["author"] == seat.person.id
    ]
    if found:
        edit_this(run, seat, found[0])
    else:
        write_something(run, seat)


@step(2)
def see_to_attention(run: Run) -> None:
    seat = seated(run)
    if not seat:
        return None
    asking = look(run, seat)["attention"]
    if not asking:
        return None
    item = run.rng.choice(asking)
    what = run.rng.choice(["retry", "discard", "mend"])
    if what == "discard":
        run.model.dropped.add(item["id"])
    if what == "mend":
        texts = [
            value for value in item["fields"].values() if isinstance(value, str) and value.startswith("t")
        ]
        set_ = {name: value for name, value in item["fields"].items() if value != "no such choice"}
        if "audience" in item["fields"]:
            set_["audience"] = "private"
        intent = Intent(seat.person.id, seat.phone.id, frozenset(texts), item["entry"])
        return do(run, seat, "edit", intent, kind=item["kind"], entry=item["entry"], set=set_)
    return do(run, seat, what, None, id=item["id"])


@step(3)
def draft(run: Run) -> None:
    """What is being written is on disk when that has been said, and there again after a kill."""
    seat = seated(run)
    if not seat:
        return
    key = run.rng.choice(["debrief/new", "topic/new"])
    text = run.model.new_text()
    order = run.hands.order(seat.tab, "saveDraft", key=key, fields={"happened": text})
    run.hands.tell(order)
    if not run.hands.value(order):
        return
    if run.rng.random() < 0.5:
        run.hands.kill(seat.phone, seat.tab)
        run.counted["client kills"] += 1
        tab = be_unlocked(run, seat.phone, seat.person)
        if tab is None:
            return
        found = run.hands.call(tab, "look") or {"drafts": []}
        if text not in [one["fields"].get("happened") for one in found["drafts"]]:
            run.drafts_lost.append(f"draft {text} of {seat.person.key} on {seat.phone.id}")


# In touch


@step(5)
def sync(run: Run) -> None:
    if seat := seated(run):
        be_signed_in_when_possible(run, seat)
        do(run, seat, "sync")


def be_signed_in_when_possible(run: Run, seat: Seat) -> None:
    if run.network.weather[seat.phone.id] != "off" and seat.phone.signed_in != seat.person.id:
        be_signed_in(run, seat.phone, seat.person)


@step(6)
def let_time_pass(run: Run) -> None:
    run.hands.pass_time(run.rng.choice([1000, 10_000, 45_000, 130_000]))


@step(2)
def worker_flush(run: Run) -> None:
    """Background Sync wakes the worker, whether or not somebody has the app open."""
    phone = run.rng.choice(run.phones)
    worker = run.hands.wake_worker(phone)
    order = run.hands.order(worker, "send")
    others = [run.hands.order(tab, "sync") for tab in phone.tabs if phone.open_as[tab]]
    if others and run.rng.random() < 0.6:
        run.trace(f"        {phone.id}: worker and {len(others)} tabs at once")
        orders = [{**one, "steps": run.rng.randint(0, 12)} for one in [*others, order]]
        run.rng.shuffle(orders)
        run.hands.tell(*orders)
    else:
        run.hands.tell(order)
    if run.hands.has_ended(order) or run.rng.random() < 0.7:
        run.hands.listen({"do": "kill", "id": worker})


@step(4)
def weather(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    run.network.weather[phone.id] = run.rng.choice(["good", "storm", "storm", "storm", "off", "off", "jam"])
    run.trace(f"        {phone.id}: {run.network.weather[phone.id]}")
    if run.rng.random() < 0.3:
        for tab in list(phone.tabs):
            run.hands.call(tab, "occasion", name="online")


@step(4)
def something_arrives(run: Run) -> None:
    """What was late: in another order than it left."""
    for _ in range(run.rng.randint(1, 3)):
        if run.network.held:
            run.counted["late arrivals"] += 1
            run.network.let_arrive(run.rng.choice(run.network.held))
            run.hands.serve()


@step(4)
def all_at_once(run: Run) -> None:
    """Several phones send what waits while none has been answered; their requests meet at the server."""
    seats = {seat.phone.id: seat for seat in (seated(run) for _ in range(4)) if seat}
    for seat in seats.values():
        be_signed_in_when_possible(run, seat)
        if run.rng.random() < 0.8:
            run.is_quiet = True
            write_something(run, seat)
            run.is_quiet = False
    orders = [run.hands.order(seat.tab, "sync") for seat in seats.values() if is_there(run, seat)]
    if orders:
        run.hands.listen(*orders)
        run.meet(run.hands.take_flights())
        run.hands.serve()


# Phones


@step(2)
def kill_a_tab(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    if phone.tabs:
        run.counted["client kills"] += 1
        run.hands.kill(phone, run.rng.choice(phone.tabs))


@step(2)
def second_tab(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    if len(phone.tabs) < 3:
        person = run.rng.choice(phone.users)
        tab = run.hands.open_tab(phone)
        passphrase = phone.passphrases.get(person.id)
        if passphrase:
            run.hands.call(tab, "unlock", passphrase=passphrase)
        run.hands.state_of(phone, tab)


@step(2)
def lock(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    for tab in phone.tabs[:1]:
        run.hands.call(tab, "lock")
    for tab in list(phone.tabs):
        run.hands.state_of(phone, tab)


@step(1)
def wrong_passphrases(run: Run) -> None:
    """Ten in a row: the readable copies go, the sealed ones stay."""
    phone = run.rng.choice(run.phones)
    lock_all(run, phone)
    tab = phone.tabs[0] if phone.tabs else run.hands.open_tab(phone)
    people = list(phone.passphrases)
    for _ in range(10):
        run.hands.call(tab, "unlock", passphrase="not this one at all")
    run.hands.state_of(phone, tab)
    for person in people:
        forget_vault(run, phone, person)
    run.counted["wiped"] += 1


@step(1)
def forgotten_passphrase(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    person = run.rng.choice(phone.users)
    lock_all(run, phone)
    tab = phone.tabs[0] if phone.tabs else run.hands.open_tab(phone)
    if enrol(run, phone, person, tab, start_anew=True):
        forget_vault(run, phone, person.id, has_new=True)
        run.counted["forgotten passphrases"] += 1


def forget_vault(run: Run, phone: Phone, person: str, *, has_new: bool = False) -> None:
    if not has_new:
        phone.passphrases.pop(person, None)
    for op in run.model.ops.values():
        if op.phone == phone.id and op.generation == phone.generation and op.person == person:
            op.is_readable = False


def lock_all(run: Run, phone: Phone) -> None:
    for tab in list(phone.tabs):
        if run.hands.state_of(phone, tab)["person"]:
            run.hands.call(tab, "lock")
    for tab in list(phone.tabs):
        run.hands.state_of(phone, tab)


@step(1)
def empty_storage(run: Run) -> None:
    """The browser makes room: all that it kept for us is gone at once."""
    phone = run.rng.choice(run.phones)
    for tab in list(phone.tabs):
        run.hands.kill(phone, tab)
    run.excuse_what_lay_on(phone)
    run.hands.listen({"do": "empty", "browser": phone.id, "words": run.rng.random() < 0.5})
    run.hands.outboxes.pop(phone.id, None)
    phone.generation += 1
    phone.passphrases.clear()
    run.counted["emptied"] += 1


@step(1)
def clock_is_wrong(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    phone.skew = run.rng.choice([0, -3 * YEAR, 5 * YEAR, -HOUR, HOUR, 20 * YEAR])
    run.hands.listen({"do": "skew", "browser": phone.id, "by": phone.skew})
    run.counted["clocks"] += 1


@step(2)
def another_person(run: Run) -> None:
    """Somebody else takes the same phone."""
    phone = run.rng.choice(run.phones)
    person = run.rng.choice(phone.users)
    lock_all(run, phone)
    if be_unlocked(run, phone, person):
        be_signed_in(run, phone, person)


# The service


@step(2)
def sign_in_ends(run: Run) -> None:
    phone = run.rng.choice(run.phones)
    if run.rng.random() < 0.5:
        phone.cookies = {}
    else:
        run.server.do(lambda: end_all(run, phone))
    phone.signed_in = None
    run.counted["sign-ins ended"] += 1


def end_all(run: Run, phone: Phone) -> None:
    from ledvei_pwa.platform.sessions import end_all_sessions

    if phone.signed_in:
        end_all_sessions(phone.signed_in, now=run.server.now)
        db.session.commit()


@step(1)
def overnight(run: Run) -> None:
    """Thirteen hours in which no phone is looked at: sign-ins have run out."""
    for phone in run.phones:
        for tab in list(phone.tabs):
            run.hands.kill(phone, tab)
    run.hands.pass_time(13 * HOUR)


@step(2)
def signs_in(run: Run) -> None:
    if seat := seated(run):
        be_signed_in(run, seat.phone, seat.person, anew=True)


@step(3)
def access_changes(run: Run) -> None:
    """Somebody leaves or joins a group, another supervises, a series ends."""
    run.server.do(lambda: change_people(run))


@step(2)
def another_supervises(run: Run) -> None:
    """Siri and Tor take over from each other, again and again."""
    run.server.do(lambda: change_people(run, takes_over=True))


def change_people(run: Run, group: Group | None = None, *, takes_over: bool = False) -> None:
    rng = run.rng
    group = group or run.world.groups[rng.choice(["both", "both", "alone", "others"])]
    series = db.session.get_one(Series, group.id)
    leader = a_leader(group.service, series.supervisor_id)
    now = run.server.now
    if rng.random() < 0.12 and not takes_over:
        supervision.end_series(leader, series.id, now=now)
        run.trace(f"        {group.key} ends")
        run.counted["access changes"] += 1
        return
    members, supervisor = set(series.member_ids), series.supervisor_id
    caseworkers = [run.world.people[name] for name in ("anna", "bo", "cato")]
    if takes_over or rng.random() < 0.35:
        supervisor = run.world.people["tor" if supervisor == run.world.people["siri"].id else "siri"].id
    else:
        members ^= {rng.choice(caseworkers).id}
    cards = people_actions.persons_by_ids({*members, supervisor})
    plan = replace(
        a_plan(cards[supervisor], [cards[id_] for id_ in sorted(members)], start=group.start, rule=RULE),
        form=supervision.people_of(series).form,
    )
    outcome = supervision.change_series(leader, series.id, plan, now=now)
    db.session.rollback()
    if outcome.ok:
        names = sorted(run.name(id_) for id_ in members)
        run.trace(f"        {group.key}: {run.name(supervisor)} with {names}")
        run.counted["access changes"] += 1


@step(3)
def server_will_die(run: Run) -> None:
    run.server.kill_after(run.rng.choice([1, 3, 7, 12, 20, 30, 45, 60]))


@step(2)
def back_up(run: Run) -> None:
    run.copy = run.take_backup()


@step(3)
def restore_backup(run: Run) -> None:
    if run.copy is None:
        run.copy = run.take_backup()
    else:
        run.put_back(run.copy, is_told=run.rng.random() < 0.5)


ALWAYS: Final = frozenset(
    {"write", "edit", "let_time_pass", "sync", "weather", "work_on_anothers", "resolve"}
)
