"""Who came in, who did not and what was refused, in the process' own log, for whoever runs the server.

Ids, codes and where from: of an address only the network (24 bits of IPv4, 48 of IPv6), which tells a town
from another and no household. Never what was typed: a password is written into the field for the e-mail
often enough. docs/drift.nb.md says what to watch for.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Final

import structlog
from flask import has_request_context, request

log = structlog.get_logger(__name__)

KEPT_BITS: Final = {4: 24, 6: 48}


def came_in(person_id: str, strength: str) -> None:
    """A sign-in was begun, or proved again, with this. With `password` a step of it is left."""
    log.info("signed_in", person=person_id, strength=strength, network=_network())


def did_not_come_in(way: str, reason: str, person_id: str | None) -> None:
    """`way`: what was tried. `person_id`: whose account, None where there is none with what was written."""
    log.warning("sign_in_refused", way=way, reason=reason, person=person_id, network=_network())


def was_refused(reason: str, person_id: str | None) -> None:
    """A route that is there, asked for by somebody who may not, or for something that is not theirs."""
    where = request.endpoint if has_request_context() else None
    log.warning("access_refused", endpoint=where, reason=reason, person=person_id, network=_network())


def _network() -> str:
    return shortened(request.remote_addr) if has_request_context() else ""


def shortened(address: str | None) -> str:
    """`192.0.2.0/24` for 192.0.2.7; "" for what is no address."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network(f"{parsed}/{KEPT_BITS[parsed.version]}", strict=False))
