"""A server that dies, or stands still, at a moment that is told to it. Run as a process by `mortal.py`.

Reads orders as lines of JSON, and for each one forks a child that answers its requests and writes each answer
out: what is written out is acknowledged. The parent has no connection to the database, so each child is a
server process of its own, without having to import everything.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event, text

from ledvei_pwa import create_app
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.settings import Settings

FORM = "application/json"
WORDS = os.fdopen(os.dup(1), "w")  # what is said to the test; the log goes elsewhere
os.dup2(2, 1)


def main() -> None:
    given = json.loads(sys.stdin.readline())
    app = create_app(Settings(**{**given, "instance_path": Path(given["instance_path"])}))
    for line in sys.stdin:
        order = json.loads(line)
        say(ended=warm(app, order) if order.get("warm") else live(app, order))


def warm(app: Flask, order: dict[str, Any]) -> str:
    """Answer in the parent, which loads what is loaded once, and let go of the database."""
    obey(app, order)
    with app.app_context():
        db.engine.dispose()
    return "done"


def live(app: Flask, order: dict[str, Any]) -> str:
    child = os.fork()
    if child == 0:
        obey(app, order)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else "done"


def obey(app: Flask, order: dict[str, Any]) -> None:
    with app.app_context():
        engine = db.engine
    if order.get("die_at"):
        die_at(engine, order["die_at"])
    if order.get("stop_before_commit"):
        stop_before_commit(engine)
    if order.get("sequence"):
        number_by_sequence()
    client = app.test_client(use_cookies=False)
    with time_machine.travel(order["now"], tick=False):
        for question in order["questions"]:
            headers, data = {"Cookie": order["cookie"]}, json.dumps(question)
            answer = client.post("/api/v1/sync", data=data, content_type=FORM, headers=headers)
            say(status=answer.status_code, answer=answer.get_json())


def die_at(engine: Any, moment: int) -> None:
    """The moments: before each statement, before each commit, and after it."""
    passed = 0

    def pass_moment(*_arguments: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", pass_moment)
    event.listen(engine, "commit", pass_moment)
    event.listen(db.session, "after_commit", pass_moment)


def stop_before_commit(engine: Any) -> None:
    """Stand still, with the operation done and not committed, until somebody sends SIGCONT."""

    def stop(_connection: Any) -> None:
        say(stopped=os.getpid())
        os.kill(os.getpid(), signal.SIGSTOP)

    event.listen(engine, "commit", stop, once=True)


def number_by_sequence() -> None:
    """The plain way to number changes, which lets a reader pass over the late ones. To show that it does."""

    def begin_writing(_service_id: str) -> None:
        db.session.expire_all()

    def next_number(_service_id: str, count: int = 1) -> int:
        for _ in range(count):
            number = db.session.scalar(text("SELECT nextval('plain')"))
        return int(number or 0)

    feed.begin_writing = begin_writing
    feed._next_number = next_number


def say(**words: Any) -> None:
    WORDS.write(json.dumps(words) + "\n")
    WORDS.flush()


if __name__ == "__main__":
    main()
