"""What people do, in the words of the screen."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tests.support.code_app import next_code
from tests.support.looking import FOLLOW
from tests.support.walker import PATIENCE, Walker

PASSPHRASE = "havre kost spett fjell"
NTH_CHOICE = """
const [value, number] = arguments
const inputs = [...document.querySelectorAll(`main input[type=radio][value="${value}"]`)]
const label = inputs.filter((input) => input.name.startsWith('i'))[number]?.labels?.[0]
label?.scrollIntoView({ block: 'center', behavior: 'instant' })
return label ?? null
"""
PASTE = """
const [name, text] = arguments
const field = document.querySelector(`main [name="${name}"]`)
if (field) field.value = text
return field?.dispatchEvent(new Event('input', { bubbles: true }))
"""


def sign_in(person: Walker, facts: dict[str, Any], who: str) -> None:
    person.opens("/sign-in")
    person.fills("E-mail", facts["emails"][who])
    person.fills("Password", facts["password"])
    person.fills("Code", next_code(person.base, facts["emails"][who], facts["code_secret"]))
    person.presses("Sign in")


def settle_in(person: Walker, passphrase: str = PASSPHRASE) -> None:
    """The three steps after the first sign-in: install, passphrase, reminders."""
    person.sees("Put Ledvei on your home screen")
    person.presses("Go on")
    person.fills("Your passphrase", passphrase)
    person.fills("Once more", passphrase)
    person.presses("Lock it with this")
    person.sees("Would you like to be reminded?")
    person.presses("Go to Today")
    person.is_at("/today")
    person.sees("Next supervision")


def unlock(person: Walker, passphrase: str = PASSPHRASE) -> None:
    person.sees("Ledvei is locked")
    person.fills("Your passphrase", passphrase)
    person.presses("Unlock")


def goes(person: Walker, path: str) -> None:
    """To another view, as a link does: nothing is loaded, so nothing is locked."""
    person.engine.run(f"return ({FOLLOW})(arguments[0])", f"{person.base}/{person.language}{path}")
    person.is_at(path)


def pastes(person: Walker, field: str, text: str) -> None:
    """Into the field of that name, past its `maxlength`: what comes of an app that knows other rules."""
    person.waits_for(lambda: person.engine.run(PASTE, field, text), f"no field {field!r}")


def prepare_topic(person: Walker, question: str, *, shared: bool) -> None:
    person.goes_by("Prepare", "/prepare")
    person.goes_by("Add a topic", "/topic/new")
    person.writes("My question", question)
    person.chooses("something I carry")
    person.chooses("to think aloud")
    person.chooses("my supervisor" if shared else "only me")
    person.presses("Done")
    person.sees_words(question)


def write_debrief(person: Walker, happened: str) -> None:
    person.goes_by("Write", "/write")
    person.goes_by("After something hard", "/debrief/new")
    person.writes("What happened", happened)
    person.chooses("nothing more now")
    person.chooses("only me")
    person.presses("Done")
    is_done_with(person, "/new")


def answer_self_assessment(person: Walker) -> None:
    person.goes_by("Write", "/write")
    person.goes_by("Where am I now?", "/assessment")
    for number in range(16):
        person.waits_for(
            lambda number=number: person.engine.click(NTH_CHOICE, "4", number),
            f"no answer to item {number + 1}",
        )
    person.chooses("only me")
    person.presses("Done")
    is_done_with(person, "/new")


def is_done_with(person: Walker, part: str) -> None:
    """The text is saved when its page goes away: nobody leaves before she has seen that."""
    person.waits_for(lambda: part not in person.engine.address(), f"still at {part}")


def is_equal_with_server(person: Walker, patience: float = PATIENCE) -> None:
    person.goes_by("Me", "/me")
    person.waits_for(
        lambda: person.word("Everything is sent and equal.") in person.page_words(),
        "not all is sent and equal",
        patience,
    )


def sends_all(person: Walker) -> None:
    """Who sees that nothing comes of it presses once more: on a busy machine WebKitGTK may take its time."""
    for _ in range(3):
        send_and_fetch(person)
        with suppress(AssertionError):
            is_equal_with_server(person, patience=7)
            return
    is_equal_with_server(person)


def send_and_fetch(person: Walker) -> None:
    person.goes_by("Me", "/me")
    person.presses("Send and fetch now")


def waits_for_the_worker(person: Walker) -> None:
    """Until the app is kept on the device, as a person does who sees that it has loaded."""
    person.waits_for(
        lambda: person.engine.run(
            "return navigator.serviceWorker.ready.then((found) => Boolean(found.active))"
        ),
        "the worker did not become active",
    )
