"""The faults have stopped: everybody comes back, signs in, and is on-line for as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fuzz.network import Held
from tests.fuzz.phones import Phone
from tests.fuzz.world import Person

if TYPE_CHECKING:
    from tests.fuzz.run import Run

PASSPHRASE = "seks kloke katter sover"
MOST_PASSES = 6


def settle(run: Run) -> None:
    run.trace("— the faults stop")
    run.server.calm_down()
    for phone in run.phones:
        run.network.weather[phone.id] = "good"
    let_all_arrive(run)
    run.hands.pass_time(40_000)
    before = taken(run)
    for _ in range(MOST_PASSES):
        for phone in run.phones:
            for person in phone.users:
                come_back(run, phone, person)
        now = taken(run)
        if now == before:
            return
        before = now


def taken(run: Run) -> tuple[int, ...]:
    """How much the server has by now: when all have been in touch and it is no more, everything is there."""
    counts = "SELECT count(*), (SELECT sum(change_counter) FROM service) FROM operation"
    return tuple(run.server.rows(counts)[0])


def let_all_arrive(run: Run) -> None:
    held: list[Held] = run.network.held
    while held:
        run.network.let_arrive(run.rng.choice(held))
        run.hands.serve()


def come_back(run: Run, phone: Phone, person: Person) -> dict[str, Any] | None:
    """This person, unlocked and signed in on this phone, and in step with the server."""
    tab = be_unlocked(run, phone, person)
    if tab is None:
        return None
    be_signed_in(run, phone, person)
    run.hands.call(tab, "sync")
    state = run.hands.state_of(phone, tab)
    if state["problem"] == "device_unknown":
        run.trace(f"        {phone.id} is unknown: {person.key} enrols again")
        run.hands.call(tab, "enrol")
        run.hands.call(tab, "sync")
        run.hands.state_of(phone, tab)
    look: dict[str, Any] | None = run.hands.call(tab, "look")
    return look


def be_signed_in(run: Run, phone: Phone, person: Person, *, anew: bool = False) -> None:
    if phone.signed_in == person.id and not anew and run.server.knows_cookies(phone.cookies):
        return
    phone.cookies = run.server.sign_in(person.id, person.service)
    phone.signed_in = phone.cookies_of = person.id


def be_unlocked(run: Run, phone: Phone, person: Person) -> str | None:
    """A tab in which this person is at work; None when that cannot be had now."""
    hands = run.hands
    for tab in list(phone.tabs):
        state = hands.state_of(phone, tab)
        if state["person"] == person.id:
            return tab
    tab = phone.tabs[0] if phone.tabs else hands.open_tab(phone)
    state = hands.state_of(phone, tab)
    if state["person"] is not None:
        hands.call(tab, "lock")
        state = hands.state_of(phone, tab)
    passphrase = phone.passphrases.get(person.id)
    if state["state"] == "locked" and passphrase:
        hands.call(tab, "unlock", passphrase=passphrase)
        if hands.state_of(phone, tab)["person"] == person.id:
            return tab
    return enrol(run, phone, person, tab)


def enrol(run: Run, phone: Phone, person: Person, tab: str, *, start_anew: bool = False) -> str | None:
    """Signing in is the server's page: the app begins anew in that tab."""
    be_signed_in(run, phone, person)
    run.hands.kill(phone, tab)
    tab = run.hands.open_tab(phone)
    passphrase = phone.passphrases.get(person.id) or f"{PASSPHRASE} {person.key}"
    order = run.hands.order(tab, "enrol", passphrase=passphrase, startAnew=start_anew)
    run.hands.tell(order)
    state = run.hands.state_of(phone, tab)
    if state["person"] != person.id:
        return None
    phone.passphrases[person.id] = passphrase
    run.counted["enrolments"] += 1
    return tab
