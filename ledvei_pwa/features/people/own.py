"""All that is kept about somebody's account, for themselves to take away. No secret, nothing of others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from ledvei_pwa.features.people import accounts, factors, records
from ledvei_pwa.features.people.records import Device, Person, Reentry, RoleHeld, Team
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.sessions import SignInSession


def what_is_kept_about(person_id: str) -> dict[str, Any]:
    """Ready for JSON; its keys are in docs/own-data.md. Raises `LookupError` for an unknown person."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise LookupError(person_id)
    return {
        "person": _show_person(person),
        "roles": [_show_role(row) for row in records.roles_of_person(person_id)],
        "sign_in": _show_ways_in(person_id),
        "links": [
            {"made": _moment(link.at), "by": link.by, "used": _moment(link.used_at)}
            for link in accounts.invitations_made_for(person_id)
        ],
        "wrong_tries": [
            {"count": tries.count, "last": _moment(tries.last_at)}
            for tries in accounts.wrong_tries_of(person_id, now=datetime.now(UTC))
        ],
        "sign_ins": [_show_sign_in(row) for row in _sign_ins_of(person_id)],
        "reentries": [_show_reentry(row) for row in _reentries_of(person_id)],
        "devices": [_show_device(row) for row in records.devices_of(person_id)],
    }


def _show_person(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "quiet_hours": person.quiet_hours,
        "created": _moment(person.created_at),
        "accepted": _moment(person.accepted_at),
        "closed": _moment(person.disabled_at),
        "last_day": _day(person.last_day),
        "last_day_set": {"by": person.last_day_by, "at": _moment(person.last_day_at)},
    }


def _show_role(row: RoleHeld) -> dict[str, Any]:
    team = db.session.get(Team, row.team_id) if row.team_id else None
    return {
        "role": row.role,
        "team": team.name if team else None,
        "from": _day(row.from_date),
        "first_day_without": _day(row.to_date),
    }


def _show_ways_in(person_id: str) -> dict[str, Any]:
    ways = factors.ways_in_of(person_id)
    passkeys = [
        {"name": key.name, "made": _moment(key.created_at), "last_used": _moment(key.last_used_at)}
        for key in ways.passkeys
    ]
    return {
        "password": ways.has_password,
        "code_app": ways.has_code_app,
        "recovery_codes_left": ways.codes_left,
        "passkeys": passkeys,
        "elsewhere": [
            {"name": card.name, "made": _moment(card.created_at), "last_used": _moment(card.last_used_at)}
            for card in ways.elsewhere
        ],
    }


def _sign_ins_of(person_id: str) -> list[SignInSession]:
    """Also those that have ended, as long as they are kept."""
    own = select(SignInSession).where(SignInSession.person_id == person_id)
    return list(db.session.scalars(own.order_by(SignInSession.created_at.desc(), SignInSession.id)))


def _show_sign_in(row: SignInSession) -> dict[str, Any]:
    return {
        "browser": row.browser,
        "with": row.strength,
        "begun": _moment(row.created_at),
        "last_used": _moment(row.last_seen_at),
        "ended": _moment(row.ended_at),
    }


def _reentries_of(person_id: str) -> list[Reentry]:
    own = select(Reentry).where(Reentry.person_id == person_id)
    return list(db.session.scalars(own.order_by(Reentry.created_at.desc(), Reentry.id)))


def _show_reentry(row: Reentry) -> dict[str, Any]:
    """A link to the account that was used; what was chosen by it is there while it waits."""
    return {
        "browser": row.browser,
        "used": _moment(row.created_at),
        "opens": _moment(row.opens_at),
        "opened": _moment(row.opened_at),
        "stopped": _moment(row.stopped_at),
        "password": row.password_hash is not None,
        "code_app": records.code_app_of(row.person_id, row.id) is not None,
        "passkeys": [
            {"name": key.name, "made": _moment(key.created_at), "last_used": _moment(key.last_used_at)}
            for key in records.passkeys_of(row.person_id, row.id)
        ],
    }


def _show_device(row: Device) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "made": _moment(row.created_at),
        "last_contact": _moment(row.last_contact_at),
        "closed": _moment(row.revoked_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
