"""The code app on somebody's phone. A code is taken once, so each person gets another one each time."""

from __future__ import annotations

import time

import pyotp

STEP = 30  # seconds
_shown: dict[tuple[str, str], int] = {}


def next_code(address: str, email: str, secret: str) -> str:
    """One that this person has not written at this server yet. Waits when too many were, as people do."""
    now = int(time.time()) // STEP
    step = max(now - 1, _shown.get((address, email), 0) + 1)
    while step > int(time.time()) // STEP + 1:
        time.sleep(0.5)
    _shown[address, email] = step
    return str(pyotp.TOTP(secret).generate_otp(step))
