"""Work that is killed (SIGKILL) just before one of its steps, as when the power goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

from flask import Flask

from ledvei_pwa.platform.database import db

Steps = list[tuple[ModuleType | Any, str]]  # where a function is, and its name there
PASS = 0


def killed_before(app: Flask, step: int, steps: Steps, work: Callable[[], object]) -> bool:
    """Do the work in a child, which dies before its `step`-th call (from 1) of any of `steps`.

    Answers False when the work had fewer steps, and was done.
    """
    db.session.remove()
    db.engine.dispose()  # a child that dies takes none of our connections along
    child = os.fork()
    if child == PASS:
        _die_in_time(app, step, steps, work)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return False


def _die_in_time(app: Flask, step: int, steps: Steps, work: Callable[[], object]) -> None:
    left = [step]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    status = 1
    try:
        for place, name in steps:
            setattr(place, name, counted(getattr(place, name)))
        with app.app_context():
            work()
        status = 0
    finally:
        os._exit(status)
