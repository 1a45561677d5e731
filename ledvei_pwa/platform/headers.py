"""What every answer says to the browser: run our own scripts only, be shown nowhere else, keep nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask, Response

if TYPE_CHECKING:
    from wsgiref.headers import Headers

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Designsystemet draws its marks as data: masks
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types ledvei",
    )
)
# Nothing of this is used. A script that got in should not be able to ask for it either.
PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-Frame-Options": "DENY",  # for browsers older than frame-ancestors
}
ON_FILES: Final = (
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Resource-Policy",
    "X-Frame-Options",
)
PICTURE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
TWO_YEARS: Final = "max-age=63072000; includeSubDomains"


def init_app(app: Flask) -> None:
    app.after_request(protect)


def protect(response: Response) -> Response:
    """Add the headers to what Flask answers. Nothing of it is stored, back and forward included."""
    from ledvei_pwa.platform.registry import house

    for name, value in EVERYWHERE.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    if not response.cache_control.immutable:  # what belongs to one build, and to nobody
        response.headers["Cache-Control"] = "no-store"
    if house().settings.https:
        response.headers["Strict-Transport-Security"] = TWO_YEARS
    return response


def protect_static(headers: Headers, path: str, _url: str) -> None:
    """Of the same what says something to a file that is no page; static files never reach Flask."""
    for name in ON_FILES:
        headers[name] = EVERYWHERE[name]
    if path.endswith(".svg"):  # opened by its own address it is a document, and could hold a script
        headers["Content-Security-Policy"] = PICTURE_POLICY


def protect_static_over_https(headers: Headers, path: str, url: str) -> None:
    protect_static(headers, path, url)
    headers["Strict-Transport-Security"] = TWO_YEARS
