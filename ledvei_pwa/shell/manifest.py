"""The web app manifest (W3C): what the home screen shows."""

from __future__ import annotations

from typing import Any, Final

from ledvei_pwa.platform.i18n import gettext as _

GREEN: Final = "#175e5a"
PAPER: Final = "#f7f4ef"


def manifest_in(language: str, static_url: str) -> dict[str, Any]:
    """The manifest in the language that is spoken now. `static_url` ends with a slash."""
    return {
        # One app whatever the language, so that changing it does not install a second one.
        "id": "/",
        "name": "Ledvei",
        "short_name": "Ledvei",
        "description": _("Supervision in child welfare: prepare, meet, agree."),
        "lang": language,
        "dir": "ltr",
        "start_url": f"/{language}/today",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": GREEN,
        "categories": ["productivity"],
        "icons": icons(static_url),
        "shortcuts": [
            {"name": _("Write"), "url": f"/{language}/write"},
            {"name": _("Supervision"), "url": f"/{language}/supervision"},
        ],
    }


def icons(static_url: str) -> list[dict[str, str]]:
    return [
        {"src": f"{static_url}icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": f"{static_url}icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {
            "src": f"{static_url}icons/icon-maskable-512.png",
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
