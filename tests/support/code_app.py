"""The code app on somebody's phone. A code is taken once, so each person gets another one each time."""

from __future__ import annotations

import time

import pyotp

STEP = 30  # seconds
TYPING = 12  # seconds, at most, until the code has come to the server
_shown: dict[tuple[str, str], int] = {}


def next_code(address: str, email: str, secret: str) -> str:
    """One that this person has not written at this server yet. Waits when too many were, as people do."""
    # The server takes the step before as well: but not when that has passed by the time the code comes.
    oldest = int(time.time() + TYPING) // STEP - 1
    step = max(oldest, _shown.get((address, email), 0) + 1)
    while step > int(time.time()) // STEP + 1:
        time.sleep(0.5)
    _shown[address, email] = step
    return str(pyotp.TOTP(secret).generate_otp(step))
