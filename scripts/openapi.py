"""Write docs/openapi.json: our JSON API, as OpenAPI 3.1. `--check` says whether it is as it stands.

python scripts/openapi.py [--check]

What is numbered in the code is taken from there; the rest is written here, once. It is served nowhere: who
writes a client reads it beside docs/sync-protocol.md, which says what it all means.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ledvei_pwa.features.people import rules
from ledvei_pwa.features.people.device_pages import MOST_REGISTERED
from ledvei_pwa.platform.rates import LONGEST_WAIT, RATES
from ledvei_pwa.platform.written import ID_PATTERN
from ledvei_pwa.sync.protocol import LARGEST_NUMBER, LONGEST_SEALED, MOST_OPERATIONS, PROTOCOL

PAGE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
JSON = "application/json"
Schema = dict[str, Any]


# --- parts of schemas ---------------------------------------------------------------------------------------


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(required: dict[str, Any], optional: dict[str, Any] | None = None, **more: Any) -> Schema:
    """With at least these; who reads must pass over what is not named here."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties, **more}


def text(longest: int | None = None, **more: Any) -> Schema:
    limit = {"minLength": 1, "maxLength": longest} if longest else {}
    return {"type": "string", **limit, **more}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def a_list(items: Schema, most: int | None = None) -> Schema:
    return {"type": "array", "items": items, **({"maxItems": most} if most is not None else {})}


def one_of(*values: Any) -> Schema:
    return {"enum": list(values)}


ID: Schema = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$"}
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
FLAG: Schema = {"type": "boolean"}
ANY_TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
VALUE: Schema = {"type": ["string", "integer", "boolean", "null"]}
MIX: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}
MOST_READ, LONGEST_EPOCH = 200, 64  # characters; ledvei_pwa/sync/protocol.py


# --- what is sent -------------------------------------------------------------------------------------------

SENT: dict[str, Schema] = {
    "Sync": an_object(
        {"protocol": {"const": PROTOCOL, "type": "integer"}, "device": ref("Id")},
        {
            "read": or_null(text(MOST_READ)),
            "cursor": NUMBER,
            "epoch": or_null(text(LONGEST_EPOCH)),
            "acknowledged": NUMBER,
            "operations": a_list(ref("SealedOperation"), MOST_OPERATIONS),
            "digest": {"description": "Not looked at."},
            "build": {"description": "Not looked at."},
        },
    ),
    "SealedOperation": an_object(
        {
            "id": ref("Id"),
            "key": text(LONGEST_EPOCH, description="Of the server's public key, as `keys.id` said."),
            "sealed": text(
                LONGEST_SEALED, pattern="^[A-Za-z0-9_-]+$", description="base64url(enc || ciphertext)"
            ),
        }
    ),
    "NewDevice": an_object(
        {
            "name": text(
                pattern=r"\S", description="Printable, at most 80 characters, spaces around it not counted."
            )
        },
        {"registered": a_list(an_object({"device": ref("Id"), "epoch": ref("Id")}), MOST_REGISTERED)},
    ),
    "Language": an_object({"person": ref("Id"), "language": one_of(*rules.LANGUAGES)}),
    "Subscription": an_object(
        {
            "device": ref("Id"),
            "subscription": an_object(
                {
                    "endpoint": text(pattern="^https://", description="At a public host."),
                    "keys": an_object(
                        {
                            "p256dh": text(description="base64url of the 65 bytes of a point on P-256."),
                            "auth": text(description="base64url of 16 bytes."),
                        }
                    ),
                }
            ),
        }
    ),
    "Unsubscription": an_object({"device": ref("Id")}),
}


# --- what comes back ----------------------------------------------------------------------------------------

RESULTS = ("applied", "merged", "conflict", "duplicate", "rejected", "retry")
REASONS = (
    "malformed", "seal_unreadable", "device_unknown", "device_revoked", "person_disabled", "unknown_kind",
    "unknown_field", "invalid_field", "not_yours", "entry_unknown", "scope_unknown", "scope_fixed",
    "id_reused", "server_failed", "not_back_yet",
)  # fmt: skip
SERVICE: Schema = {
    "name": ANY_TEXT,
    "language": one_of(*rules.LANGUAGES),
    "demo": FLAG,
    "lock_minutes": NUMBER,
    "kept_weeks": NUMBER,
}
KEYS = an_object({"id": ANY_TEXT, "public": text(pattern="^[A-Za-z0-9_-]{87}$")})
ITEMS: dict[str, Schema] = {
    "entry": an_object(
        {
            "kind": ANY_TEXT,
            "author": ref("Id"),
            "series": or_null(ref("Id")),
            "session": or_null(ref("Id")),
            "audience": ANY_TEXT,
            "revision": NUMBER,
            "fields": {"type": "object", "additionalProperties": VALUE},
            "conflicts": {
                "type": "object",
                "additionalProperties": a_list(an_object({"value": VALUE, "at": ANY_TEXT})),
            },
            "created": MOMENT,
            "changed": MOMENT,
            "readers": a_list(ref("Id")),
            "seen": a_list(an_object({"person": ref("Id"), "at": MOMENT})),
        },
        {"goes": DAY, "to": or_null(ref("Id"))},
    ),
    "session": an_object(
        {
            "series": ref("Id"),
            "starts": MOMENT,
            "minutes": NUMBER,
            "status": ANY_TEXT,
            "original_starts": or_null(MOMENT),
            "held_minutes": or_null(NUMBER),
            "mix": or_null(MIX),
        }
    ),
    "series": an_object(
        {
            "form": one_of("individual", "group"),
            "name": ANY_TEXT,
            "supervisor": ref("Id"),
            "members": a_list(ref("Id")),
            "minutes": NUMBER,
            "place": or_null(ANY_TEXT),
            "video_link": or_null(ANY_TEXT),
            "compulsory": FLAG,
            "rhythm": ANY_TEXT,
            "mix": or_null(MIX),
            "ended": FLAG,
        }
    ),
    "person": an_object({"name": ANY_TEXT}, {"may": a_list(ANY_TEXT)}),
    "service": an_object(SERVICE),
    "reminder": an_object(
        {
            "kind": ANY_TEXT,
            "session": or_null(ref("Id")),
            "entry": or_null(ref("Id")),
            "due": MOMENT,
            "expires": MOMENT,
            "state": ANY_TEXT,
        }
    ),
    "notice": an_object({}, {"texts": NUMBER, "first": DAY, "last_day": DAY}),
}


def an_item() -> Schema:
    """What each known type shows, unless the server cannot show it. Unknown types are to be kept."""
    shown = [
        {
            "if": {"properties": {"type": {"const": type_}}, "not": {"required": ["unreadable"]}},
            "then": ref(type_.capitalize()),
        }
        for type_ in ITEMS
    ]
    return an_object(
        {"type": ANY_TEXT, "id": ref("Id"), "version": NUMBER}, {"unreadable": {"const": True}}, allOf=shown
    )


ANSWERED: dict[str, Schema] = {
    "Synced": an_object(
        {
            "protocol": {"const": PROTOCOL},
            "epoch": or_null(ANY_TEXT),
            "now": MOMENT,
            "results": a_list(ref("Result"), MOST_OPERATIONS),
            "signed_in": FLAG,
            "changes": a_list(ref("Item")),
            "removed": a_list(an_object({"type": ANY_TEXT, "id": ref("Id")})),
            "cursor": NUMBER,
            "more": FLAG,
            "left": NUMBER,
            "digest": or_null(an_object({"count": NUMBER, "hash": text(pattern="^[0-9a-f]{32}$")})),
            "keys": KEYS,
            "build": ANY_TEXT,
        },
        {
            "device": or_null(an_object({"last_number": NUMBER, "revoked": FLAG})),
            "opens": MOMENT,
            "failed": {"const": True},
        },
    ),
    "Result": an_object(
        {"id": or_null(ref("Id")), "result": one_of(*RESULTS)},
        {
            "reason": one_of(*REASONS),
            "text": text(),
            "fields": {"type": "object", "additionalProperties": ANY_TEXT},
            "revision": NUMBER,
        },
    ),
    "Item": an_item(),
    **{type_.capitalize(): schema for type_, schema in ITEMS.items()},
    "Registered": an_object(
        {
            "device": ref("Id"),
            "write": text(),
            "read": text(),
            "person": an_object(
                {"id": ref("Id"), "name": ANY_TEXT, "language": or_null(one_of(*rules.LANGUAGES))}
            ),
            "service": an_object({"id": ref("Id"), **SERVICE}),
            "keys": KEYS,
            "epoch": ANY_TEXT,
            "vapid": ANY_TEXT,
            "earlier": or_null(
                an_object({"name": ANY_TEXT, "last_contact": or_null(MOMENT), "last_number": NUMBER})
            ),
        }
    ),
    "LanguageKept": an_object({"language": one_of(*rules.LANGUAGES)}),
    "SignedOut": an_object({"signed_in": {"const": False}}),
    "Done": an_object({"ok": {"const": True}}),
    "Problem": an_object({"error": text(), "text": text(description="In the person's language.")}),
}


# --- the addresses ------------------------------------------------------------------------------------------

REFUSALS = {
    400: "`malformed`, or `not_json`: it is not what is described here; or what is sent cannot be taken.",
    401: "`signed_out`, or `second_step`: one step of the sign-in is left.",
    403: "`cross_site`, `no_access`, `waiting` or `device_unknown`.",
    409: "`other_person`: somebody else is signed in here.",
    413: "`too_large` or `too_many`: send less at once.",
    415: "`not_json`: the content type is another.",
    426: "`protocol_unknown`: update the app.",
    429: "`too_many`: wait as long as Retry-After says.",
    500: "`failed`: nothing is known of what was done; ask again.",
    503: "`away`: the database cannot be reached; ask again after Retry-After.",
}


def refusal(status: int) -> Schema:
    headers = {
        "Retry-After": {
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_WAIT},
        }
    }
    return {
        "description": REFUSALS[status],
        "content": {JSON: {"schema": ref("Problem")}},
        **({"headers": headers} if status in {429, 503} else {}),
    }


def route(
    summary: str,
    *,
    name: str,
    done: tuple[int, str],
    refused: tuple[int, ...],
    sent: str = "",
    marked: bool = False,
    signed_in: bool = True,
) -> Schema:
    """`marked`: needs the header that only a page of ours can send."""
    status, answer = done
    answers = {status: {"description": "Done.", "content": {JSON: {"schema": ref(answer)}}}}
    answers |= {each: refusal(each) for each in refused}
    made: Schema = {"operationId": name, "summary": summary}
    made["security"] = [{"signInCookie": []}] if signed_in else [{}, {"signInCookie": []}]
    if marked:
        made["parameters"] = [{"$ref": "#/components/parameters/Marked"}]
    if sent:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": ref(sent)}}}
    made["responses"] = {str(each): answers[each] for each in sorted(answers)}
    if rate := RATES.get(name):
        made["x-requests-a-minute"] = {"each": rate.each, "strangers": rate.strangers}
    return made


def paths() -> dict[str, Schema]:
    own = (400, 401, 403, 413, 429, 500, 503)
    return {
        "/api/v1/sync": {
            "post": route(
                "Operations in, results and changes out. The cookie is needed to fetch, not to send.",
                name="sync.sync",
                done=(200, "Synced"),
                refused=(400, 403, 413, 415, 426, 429, 500, 503),
                sent="Sync",
                signed_in=False,
            )
        },
        "/api/v1/devices": {
            "post": route(
                "Register this browser as a device of whoever is signed in. The credentials are told once.",
                name="devices.register_device",
                done=(201, "Registered"),
                refused=own,
                sent="NewDevice",
                marked=True,
            )
        },
        "/api/v1/language": {
            "post": route(
                "The language that a person has chosen on a device.",
                name="devices.tell_language",
                done=(200, "LanguageKept"),
                refused=(*own, 409),
                sent="Language",
                marked=True,
            )
        },
        "/api/v1/sign-out": {
            "post": route(
                "End this browser's sign-in. Signing out twice is signing out.",
                name="devices.sign_out",
                done=(200, "SignedOut"),
                refused=(400, 403, 500, 503),
                marked=True,
                signed_in=False,
            )
        },
        "/api/v1/push": {
            "post": route(
                "Push reminders to this browser.",
                name="push.subscribe",
                done=(200, "Done"),
                refused=(400, 401, 403, 429, 500, 503),
                sent="Subscription",
            ),
            "delete": route(
                "Push no more reminders to a device.",
                name="push.unsubscribe",
                done=(200, "Done"),
                refused=(400, 401, 403, 429, 500, 503),
                sent="Unsubscription",
            ),
        },
    }


def description() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ledvei's API for devices",
            "version": str(PROTOCOL),
            "description": "Made by scripts/openapi.py; do not edit. What it means: docs/sync-protocol.md. "
            "Requests of other sites are refused by Origin and Sec-Fetch-Site.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths(),
        "components": {
            "schemas": {"Id": {**ID, "description": "A UUID in lower case."}, **SENT, **ANSWERED},
            "parameters": {
                "Marked": {
                    "name": "X-Ledvei",
                    "in": "header",
                    "required": True,
                    "schema": {"const": "1", "type": "string"},
                    "description": "No other site's page can send it.",
                }
            },
            "securitySchemes": {"signInCookie": {"type": "apiKey", "in": "cookie", "name": "__Host-ledvei"}},
        },
    }


def as_page() -> str:
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    if "--check" in sys.argv:
        raise SystemExit(PAGE.read_text(encoding="utf-8") != as_page())
    PAGE.write_text(as_page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
