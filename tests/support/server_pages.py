"""Every page of the server's that somebody can be shown, by a name."""

from __future__ import annotations

from typing import Any


def leaders_pages(facts: dict[str, Any]) -> dict[str, str]:
    """For a service leader of the filled service; the ids are in `facts` (filled_service.py)."""
    jonas, series = facts["people"]["jonas"], facts["series"]
    session = facts["sessions"]["ingvild"][1]
    return {
        "people": "/people",
        "people, found": "/people?words=ingv",
        "people, none found": "/people?words=zzz",
        "invite": "/people/invite",
        "a person": f"/people/{jonas}",
        "inviting again": f"/people/{jonas}/invitation",
        "ending a role": f"/people/{jonas}/roles/{facts['role']}",
        "disabling": f"/people/{jonas}/disable",
        "a last day": f"/people/{jonas}/last-day",
        "coming last days": "/people/last-days",
        "my last day": "/my-last-day",
        "teams": "/people/teams",
        "a team": f"/people/teams/{facts['team']}",
        "the service": "/service",
        "quiet weeks": "/service/quiet-weeks",
        "how long texts are kept": "/service/keeping",
        "the log": "/log",
        "the log, none found": "/log?words=zzz&deed=role_given",
        "series": "/series",
        "one series": f"/series/{series}",
        "a group": f"/series/{facts['group']}",
        "series, new": "/series/new",
        "series, changed": f"/series/{series}/edit",
        "series, ended": f"/series/{series}/end",
        "moving a session": f"/sessions/{session}/move",
        "devices": "/devices",
        "my sign-in": "/my-sign-in",
        "adding a passkey": "/my-sign-in/passkeys/add",
        "a passkey": f"/my-sign-in/passkeys/{facts['passkey']}",
        "a new password": "/my-sign-in/password",
        "a new code app": "/my-sign-in/code-app",
        "my texts": "/my-texts",
        "what of mine goes": "/my-keeping",
        "my log": "/my-log",
        "who has read my texts": "/my-log/texts",
        "revoking a device": f"/devices/{facts['device']}/revoke",
        "reminders": "/reminders",
    }
