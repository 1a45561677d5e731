"""Each deed of the log of administration in plain words, with the names of those it was about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from ledvei_pwa.features.people import actions as people
from ledvei_pwa.platform.chained import Line
from ledvei_pwa.platform.i18n import LazyText, format_date, lazy_gettext
from ledvei_pwa.platform.i18n import gettext as _

ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")

DEEDS: Final[Mapping[str, LazyText]] = {
    "service_made": lazy_gettext("The service was made"),
    "service_changed": lazy_gettext("Changed the settings of the service"),
    "restored": lazy_gettext("A backup was put back"),
    "restore_noticed": lazy_gettext("A device noticed that a backup had been put back"),
    "everybody_signed_out": lazy_gettext("Signed everybody out"),
    "person_added": lazy_gettext("Added a person"),
    "person_corrected": lazy_gettext("Corrected what stands about a person"),
    "person_disabled": lazy_gettext("Closed an account"),
    "person_enabled": lazy_gettext("Opened a closed account"),
    "last_day_set": lazy_gettext("Set a last day, after which the account closes"),
    "last_day_undone": lazy_gettext("Took the last day back: the account stays open"),
    "person_left": lazy_gettext("The account closed after the last day that was set"),
    "invitation_made": lazy_gettext("Made a link to an account"),
    "invitation_used": lazy_gettext("Used the link to the account"),
    "reentry_begun": lazy_gettext("Used a new link to an account in use; it waits before it opens"),
    "reentry_stopped": lazy_gettext("Stopped the new link to the account"),
    "reentry_opened": lazy_gettext("The new link opened the account"),
    "role_given": lazy_gettext("Gave a role"),
    "role_ended": lazy_gettext("Ended a role"),
    "team_made": lazy_gettext("Made a team"),
    "team_renamed": lazy_gettext("Renamed a team"),
    "device_revoked": lazy_gettext("Closed a device"),
    "sign_in_ended": lazy_gettext("Ended a sign-in"),
    "signed_out_everywhere": lazy_gettext("Signed out everywhere"),
    "passkey_added": lazy_gettext("Added a passkey"),
    "passkey_renamed": lazy_gettext("Renamed a passkey"),
    "passkey_removed": lazy_gettext("Removed a passkey"),
    "code_app_set_up": lazy_gettext("Set up a code app"),
    "recovery_codes_made": lazy_gettext("Made new recovery codes"),
    "recovery_code_used": lazy_gettext("Used a recovery code"),
    "password_chosen": lazy_gettext("Chose a password"),
    "password_dropped": lazy_gettext("Removed the password"),
    "provider_chosen": lazy_gettext("Chose where people can sign in besides here"),
    "provider_removed": lazy_gettext("Took away the other place to sign in"),
    "provider_connected": lazy_gettext("Connected the account to a sign-in elsewhere"),
    "provider_disconnected": lazy_gettext("Disconnected the account from a sign-in elsewhere"),
    "series_made": lazy_gettext("Started a supervision series"),
    "series_people_changed": lazy_gettext("Changed the people of a supervision series"),
    "series_ended": lazy_gettext("Ended a supervision series"),
    "keeping_changed": lazy_gettext("Changed how long texts are kept"),
    "texts_deleted": lazy_gettext("Texts were deleted when their time was over"),
    "log_taken_out": lazy_gettext("Downloaded this log"),
    "own_texts_taken_out": lazy_gettext("Downloaded all their own texts"),
    "own_data_taken_out": lazy_gettext("Downloaded everything about themselves"),
    "service_key_replaced": lazy_gettext("Gave the service's texts a new key"),
    "service_key_dropped": lazy_gettext("Threw the old key to the service's texts away"),
    "master_key_replaced": lazy_gettext("Replaced the server's main key"),
    "sealing_key_replaced": lazy_gettext("Gave the phones a new key to lock what they send"),
    "sealing_key_dropped": lazy_gettext("Threw an old key to what phones send away"),
    "backup_key_made": lazy_gettext("Made a new key to the backups"),
}
ROLES: Final = {
    "caseworker": lazy_gettext("Caseworker"),
    "supervisor": lazy_gettext("Supervisor"),
    "external_supervisor": lazy_gettext("External supervisor"),
    "team_leader": lazy_gettext("Team leader"),
    "service_leader": lazy_gettext("Service leader"),
    "administrator": lazy_gettext("Administrator"),
}
LANGUAGES: Final = {"nb": "bokmål", "nn": "nynorsk"}
SETTINGS: Final = {
    "name": lazy_gettext("the name"),
    "email": lazy_gettext("the e-mail address"),
    "language": lazy_gettext("the language"),
    "lock_minutes": lazy_gettext("minutes before devices lock"),
    "kept_weeks": lazy_gettext("weeks that devices keep texts"),
}


@dataclass(frozen=True)
class Told:
    """A line as people read it. `more` says what the deed was, beyond its name."""

    number: int
    at: datetime
    who: str
    what: str
    whom: str
    more: tuple[str, ...] = ()
    hash: str = field(repr=False, default="")

    @property
    def details(self) -> str:
        return "; ".join(self.more)


@dataclass(frozen=True)
class Names:
    """Of all that some lines name. Who is not there any more is somebody."""

    people: Mapping[str, str]
    teams: Mapping[str, str]

    def person(self, id_: str | None) -> str:
        return self.people.get(id_ or "") or _("somebody")

    def everybody(self, ids: Iterable[str]) -> str:
        return ", ".join(sorted(self.person(id_) for id_ in ids))


def tell(service_id: str, lines: list[Line], *, shows_series: bool) -> list[Told]:
    """The lines in words, in the current language. `shows_series`: also who supervises whom."""
    names = _names_in(service_id, lines)
    return [_tell(line, names, shows_series) for line in lines]


def in_words(deed: str) -> str:
    """A deed that a newer version has written is shown by its code."""
    return str(DEEDS.get(deed, deed))


def _names_in(service_id: str, lines: list[Line]) -> Names:
    ids = {id_ for line in lines for id_ in ID.findall(f"{line.actor_id} {line.subject_id} {line.details}")}
    named = {
        id_: card.name for id_, card in people.persons_by_ids(ids).items() if card.service_id == service_id
    }
    return Names(named, {team.id: team.name for team in people.teams_in_service(service_id)})


def _tell(line: Line, names: Names, shows_series: bool) -> Told:
    details: dict[str, Any] = json.loads(line.details)
    is_series = line.subject_type == "series"
    return Told(
        number=line.number,
        at=datetime.fromisoformat(line.at),
        who=names.person(line.actor_id) if line.actor_id else _("Whoever runs the server"),
        what=in_words(line.deed),
        whom=_whom(line, details, names),
        more=() if is_series and not shows_series else tuple(_more(details, names)),
        hash=line.hash,
    )


def _whom(line: Line, details: dict[str, Any], names: Names) -> str:
    if line.subject_type == "person":
        return names.person(line.subject_id)
    if line.subject_type == "device" and details.get("person"):
        return names.person(details["person"])
    if line.subject_type == "team":
        return names.teams.get(line.subject_id, "")
    return ""


def _more(details: dict[str, Any], names: Names) -> Iterable[str]:
    """What the details say to people. What is for machines alone says nothing here."""
    if role := details.get("role"):
        yield _role(role, details, names)
    if changed := details.get("changed"):
        yield ", ".join(_setting(name, details) for name in changed)
    if last_day := details.get("last_day"):
        yield format_date(date.fromisoformat(last_day))
    if at_least := details.get("at_least"):
        yield _("at least %(count)s", count=at_least)
    if count := details.get("count"):
        yield str(count)
    yield from _series_people(details, names)


def _role(role: str, details: dict[str, Any], names: Names) -> str:
    named = str(ROLES.get(role, role))
    team = names.teams.get(details.get("team") or "")
    parts = [f"{named} ({team})" if team else named]
    if begins := details.get("from_date"):
        parts.append(_("from %(from_date)s", from_date=format_date(date.fromisoformat(begins))))
    if ends := details.get("to_date"):
        parts.append(_("the first day without it is %(day)s", day=format_date(date.fromisoformat(ends))))
    return ", ".join(parts)


def _setting(name: str, details: dict[str, Any]) -> str:
    named, value = str(SETTINGS.get(name, name)), details.get(name)
    if value is None:
        return named
    return f"{named}: {LANGUAGES.get(str(value), value)}"


def _series_people(details: dict[str, Any], names: Names) -> Iterable[str]:
    supervisor, before = details.get("supervisor"), details.get("supervisor_before")
    if supervisor and supervisor != before:
        yield _("supervisor: %(name)s", name=names.person(supervisor))
    if before and supervisor != before:
        yield _("supervisor before: %(name)s", name=names.person(before))
    if added := details.get("added"):
        yield _("came in: %(names)s", names=names.everybody(added))
    if left := details.get("left"):
        yield _("went out: %(names)s", names=names.everybody(left))
