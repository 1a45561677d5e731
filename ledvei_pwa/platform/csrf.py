"""The token against cross-site requests, masked anew on every page.

A page may be compressed together with what a stranger has put in its address. Were the token the same each
time, the page's length would tell it, letter by letter (breachattack.com). Masked, it is another each time.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect, generate_csrf

MARK: Final = "~"  # in no token of Flask-WTF's


class MaskedCSRFProtect(CSRFProtect):  # type: ignore[misc]  # Flask-WTF has no types
    """Takes both: forms that WTForms writes hold the token as it is."""

    def _get_csrf_token(self) -> str | None:
        token: str | None = super()._get_csrf_token()
        return unmasked(token) if token and token.startswith(MARK) else token


def init_app(app: Flask) -> MaskedCSRFProtect:
    """Guard the forms, and let templates write `csrf_token()` masked."""
    protect = MaskedCSRFProtect(app)
    app.jinja_env.globals["csrf_token"] = masked_token  # for macros
    app.context_processor(lambda: {"csrf_token": masked_token})
    return protect


def masked_token() -> str:
    """The same in every form of one page, so that it is compressed well."""
    if "ledvei_masked_token" not in g:
        g.ledvei_masked_token = masked(generate_csrf())
    return str(g.ledvei_masked_token)


def masked(token: str) -> str:
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return MARK + urlsafe_b64encode(mask + _mixed(plain, mask)).decode().rstrip("=")


def unmasked(text: str) -> str | None:
    """None for what nobody here has masked."""
    try:
        both = urlsafe_b64decode(text.removeprefix(MARK) + "==")
        half = len(both) // 2
        return _mixed(both[:half], both[half:]).decode()
    except (binascii.Error, ValueError):
        return None


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
