"""What is done with services, teams, people, roles and devices, and what other features may ask about them.

Verbs that take an `actor` authorise and commit; those without are for the command line, the demo and other
features. Everything a caller gets is a small frozen dataclass, never a record.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.records import Device, Invitation, Person, RoleHeld, Service, Team
from ledvei_pwa.features.people.rules import DatedRole
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed, sessions
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.passwords import hash_password
from ledvei_pwa.platform.registry import house
from ledvei_pwa.platform.sessions import digest
from ledvei_pwa.platform.written import is_id

REMEMBERED_TURNS: Final = timedelta(days=31)  # so long may the worker have been down

log = structlog.get_logger(__name__)

# --- what callers get -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ServiceCard:
    id: str
    name: str
    language: str
    is_demo: bool
    epoch: str
    epoch_at: datetime | None
    lock_minutes: int
    kept_weeks: int

    def shown(self) -> dict[str, Any]:
        """As devices get it (the `service` subject)."""
        return {
            "name": self.name,
            "language": self.language,
            "demo": self.is_demo,
            "lock_minutes": self.lock_minutes,
            "kept_weeks": self.kept_weeks,
        }


@dataclass(frozen=True)
class TeamCard:
    id: str
    name: str


@dataclass(frozen=True)
class PersonCard:
    """A person as of one day. `roles` and `team_ids` are those held on that day."""

    id: str
    service_id: str
    name: str
    email: str
    language: str  # the person's own choice, else the service's
    is_active: bool
    has_accepted: bool  # False until an invitation is used
    quiet_hours: bool
    roles: frozenset[Role] = frozenset()
    team_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DeviceCard:
    id: str
    service_id: str
    person_id: str
    name: str
    last_number: int
    last_contact_at: datetime | None
    revoked_at: datetime | None
    write_hash: str = field(repr=False)
    read_hash: str = field(repr=False)


@dataclass(frozen=True)
class NewDevice:
    """A device just registered. The two credentials are never seen again."""

    id: str
    write: str = field(repr=False)
    read: str = field(repr=False)


@dataclass(frozen=True)
class InvitationLink:
    """A link just made. Its token is never seen again."""

    person_id: str
    token: str = field(repr=False)
    expires_at: datetime

    @property
    def path(self) -> str:
        return f"/invitation/{self.token}"


# --- what callers give ----------------------------------------------------------------------------


@dataclass(frozen=True)
class CreateService:
    name: str
    language: str = "nb"
    is_demo: bool = False


@dataclass(frozen=True)
class NewRole:
    """`to_date` is the first day without the role. Without `from_date`: from today."""

    role: Role
    team_id: str | None = None
    from_date: date | None = None
    to_date: date | None = None


@dataclass(frozen=True)
class InvitePerson:
    name: str
    email: str
    roles: tuple[NewRole, ...]
    language: str | None = None


@dataclass(frozen=True)
class ChangeService:
    name: str
    language: str
    lock_minutes: int
    kept_weeks: int


# --- asking ---------------------------------------------------------------------------------------


def service_of(service_id: str) -> ServiceCard | None:
    service = db.session.get(Service, service_id)
    return service_card(service) if service else None


def every_service() -> list[ServiceCard]:
    """All services of this installation, the oldest first: for the command line."""
    return [
        service_card(service) for service in db.session.scalars(select(Service).order_by(Service.created_at))
    ]


def language_of_only_service() -> str | None:
    """What to speak to somebody unknown: the service's language, where there is one service."""
    languages = db.session.scalars(select(Service.language).limit(2)).all()
    return languages[0] if len(languages) == 1 else None


def teams_in_service(service_id: str) -> list[TeamCard]:
    return [TeamCard(team.id, team.name) for team in records.teams_of(service_id)]


def people_in_service(
    service_id: str, *, include_disabled: bool = False, now: datetime | None = None
) -> list[PersonCard]:
    """Everybody in the service, by name."""
    people = [
        person for person in records.people_of(service_id) if include_disabled or not person.disabled_at
    ]
    return _cards(people, records.roles_of_service(service_id), now)


def persons_by_ids(person_ids: Collection[str], *, now: datetime | None = None) -> dict[str, PersonCard]:
    """Those of the ids that are persons, disabled ones included: their names stay on what they wrote."""
    if not person_ids:
        return {}
    people = list(db.session.scalars(select(Person).where(Person.id.in_(person_ids))))
    roles = list(db.session.scalars(select(RoleHeld).where(RoleHeld.person_id.in_(person_ids))))
    return {card.id: card for card in _cards(people, roles, now)}


def active_person(person_id: str, *, now: datetime | None = None) -> PersonCard | None:
    """The person, unless unknown or disabled."""
    card = persons_by_ids([person_id], now=now).get(person_id)
    return card if card and card.is_active else None


def is_active(person_id: str) -> bool:
    """Whether the person is there and not disabled."""
    person = db.session.get(Person, person_id)
    return person is not None and person.disabled_at is None


def load_actor(person_id: str, now: datetime) -> Actor | None:
    """The person as the rules see them at that moment; None when they may not sign in."""
    person = db.session.get(Person, person_id)
    service = db.session.get(Service, person.service_id) if person else None
    if person is None or service is None or person.disabled_at:
        return None
    held = held_on(dated_roles(records.roles_of_person(person_id)), rules.day_in_norway(now))
    led = frozenset(role.team_id for role in held if role.role is Role.TEAM_LEADER and role.team_id)
    return Actor(
        person_id=person.id,
        service_id=person.service_id,
        name=person.name,
        language=person.language or service.language,
        roles=frozenset(role.role for role in held),
        team_ids=led,
    )


# --- services -------------------------------------------------------------------------------------


def create_service(command: CreateService, *, now: datetime) -> ServiceCard:
    """A real, empty service. Its first person comes by `add_person` and `make_invitation`."""
    service = Service(
        id=new_id(),
        name=command.name.strip(),
        language=command.language,
        is_demo=command.is_demo,
        epoch=new_id(),
        change_counter=0,
        kept_weeks=8,
        lock_minutes=5,
        created_at=now,
    )
    db.session.add(service)
    db.session.flush()
    audit.record(service.id, Deed.SERVICE_MADE, ("service", service.id), by=None, at=now)
    db.session.commit()
    return service_card(service)


def change_service(actor: Actor, command: ChangeService, *, now: datetime) -> Outcome[ServiceCard]:
    service = db.session.get(Service, actor.service_id)
    if service is None or not actor.has(Role.SERVICE_LEADER):
        return refused("not_yours")
    feed.begin_writing(service.id)
    before = service_card(service)
    service.name = command.name.strip()
    service.language = command.language
    service.lock_minutes = command.lock_minutes
    service.kept_weeks = command.kept_weeks
    db.session.flush()
    _publish_service(service.id, at=now)
    _record_settings(actor, before, service_card(service), now)
    db.session.commit()
    return done(service_card(service))


def _record_settings(actor: Actor, before: ServiceCard, after: ServiceCard, now: datetime) -> None:
    """What changed; of the name only that it did."""
    values = {
        name: getattr(after, name)
        for name in ("language", "lock_minutes", "kept_weeks")
        if getattr(before, name) != getattr(after, name)
    }
    changed = [*values, *(["name"] if before.name != after.name else [])]
    if changed:
        subject = ("service", after.id)
        audit.record(
            after.id, Deed.SERVICE_CHANGED, subject, by=actor.person_id, at=now, changed=changed, **values
        )


def begin_epoch(service_id: str, *, now: datetime, instead_of: str | None = None) -> str:
    """The database came from a backup: tell every device to send again and to fetch everything. Commits.

    `instead_of`: only while this is the epoch, for two devices may notice at the same moment. Answers the
    epoch that holds.
    """
    feed.begin_writing(service_id)
    service = db.session.get_one(Service, service_id)
    if instead_of in (None, service.epoch):
        service.epoch, service.epoch_at = new_id(), now
        db.session.flush()
        deed = Deed.RESTORE_NOTICED if instead_of else Deed.RESTORED
        audit.record(service_id, deed, ("service", service_id), by=None, at=now)
    db.session.commit()
    return service.epoch


def sign_everybody_out(service_id: str, *, now: datetime) -> None:
    """After a restored backup: sign-ins that had been ended since would be alive again. Commits.

    Devices keep their credential to write with, so what is sealed on them comes in all the same. Only for
    whoever runs the server: a device that notices a restore must not be able to sign others out.
    """
    feed.begin_writing(service_id)
    sessions.end_sessions_in(service_id, now=now)
    audit.record(service_id, Deed.EVERYBODY_SIGNED_OUT, ("service", service_id), by=None, at=now)
    db.session.commit()


def knows_less_than(device_id: str, *, epoch: str | None, acknowledged: int, cursor: int) -> bool:
    """Whether the database has gone back in time: it has told this device of more than it knows itself.

    Epochs are ids that sort by their time. One that is newer than ours, and not of the future, was ours once.
    """
    known = select(Service.epoch, Device.last_number, *feed.last_numbers(Device.person_id))
    known = known.join(Service, Service.id == Device.service_id).where(Device.id == device_id)
    row = db.session.execute(known).one_or_none()
    if row is None or epoch is None:
        return False
    ours, last_number, *told = row
    if epoch == ours:
        return acknowledged > last_number or cursor > max(last or 0 for last in told)
    return _was_ours(epoch, ours)


def _was_ours(epoch: str, ours: str) -> bool:
    return is_id(epoch) and ours < epoch < new_id()


def notice_forgotten(actor: Actor, device_id: str, epoch: str, *, now: datetime) -> None:
    """Begin a new epoch when a device that knows this one, or a later one, is not in the database. Commits.

    No device is ever deleted: a backup from before was put back, and nobody said so.
    """
    service = db.session.get_one(Service, actor.service_id)
    ours = service.epoch
    if (epoch == ours or _was_ours(epoch, ours)) and find_device(device_id) is None:
        log.warning("restored_unannounced", service=service.id, device=device_id, person=actor.person_id)
        begin_epoch(service.id, now=now, instead_of=ours)


# --- people ---------------------------------------------------------------------------------------


def add_person(
    service_id: str, command: InvitePerson, *, password: str | None = None, now: datetime
) -> Outcome[PersonCard]:
    """Add a person without asking who does it: for the command line and the demo. Commits."""
    outcome = _add_person(service_id, command, None, now)
    if not outcome.ok or outcome.value is None:
        db.session.rollback()
        return refused(outcome.reason, **outcome.fields)
    if password is not None:
        outcome.value.password_hash, outcome.value.accepted_at = hash_password(password), now
    db.session.commit()
    return done(persons_by_ids([outcome.value.id], now=now)[outcome.value.id])


def invite_person(actor: Actor, command: InvitePerson, *, now: datetime) -> Outcome[InvitationLink]:
    """Add a person to the actor's service and make the link to give them."""
    if not command.roles or not all(
        rules.may_grant(actor, role.role, role.team_id) for role in command.roles
    ):
        return refused("not_yours")
    added = _add_person(actor.service_id, command, actor.person_id, now)
    if not added.ok or added.value is None:
        db.session.rollback()
        return refused(added.reason, **added.fields)
    link = _make_invitation(added.value, actor.person_id, now)
    db.session.commit()
    return done(link)


def make_invitation(person_id: str, *, now: datetime) -> InvitationLink:
    """A link without asking who does it: for the command line. Earlier links stop working. Commits."""
    person = db.session.get_one(Person, person_id)
    feed.begin_writing(person.service_id)
    link = _make_invitation(person, None, now)
    db.session.commit()
    return link


def invite_again(actor: Actor, person_id: str, *, now: datetime) -> Outcome[InvitationLink]:
    """A new link for a person who is there already. Earlier links stop working, and all sign-ins end.

    What the person signs in with is replaced when the link is used, and not before.
    """
    person = records.person_in(actor.service_id, person_id)
    if person is None or person.disabled_at or not may_open_account(actor, person, now):
        return refused("not_yours")
    # First, as whoever disables or lets in does: two who lock the same rows in opposite order wait for ever.
    feed.begin_writing(person.service_id)
    link = _make_invitation(person, actor.person_id, now)
    db.session.commit()
    return done(link)


def correct_person(actor: Actor, person_id: str, *, name: str, email: str, now: datetime) -> Outcome[str]:
    """Correct a name or, by those who may open the account, an e-mail."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_see_person(actor, person, now):
        return refused("not_yours")
    new_email = rules.tidy_email(email)
    if new_email != person.email and not may_open_account(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(person.service_id)
    corrected = {"name": person.name != name.strip(), "email": person.email != new_email}
    person.name, person.email = name.strip(), new_email
    if not _flush_unless_taken():
        return refused("email_taken", email="email_taken")
    _publish_name(person, at=now)
    if changed := [what for what, is_other in corrected.items() if is_other]:
        _record(Deed.PERSON_CORRECTED, person, actor.person_id, now, changed=changed)
    db.session.commit()
    return done(person.id)


def disable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    """Let a person sign in no more, and sign them out everywhere. What they wrote stays."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    was_disabled = person.disabled_at is not None
    person.disabled_at = person.disabled_at or now
    db.session.flush()
    if _is_service_leader(person, now) and not _stays_led(actor.service_id, rules.day_in_norway(now)):
        db.session.rollback()
        return refused("last_service_leader")
    _void_invitations(person.id, now)
    sessions.end_all_sessions(person.id, now=now)
    if not was_disabled:
        _record(Deed.PERSON_DISABLED, person, actor.person_id, now)
    db.session.commit()
    return done(person.id)


def enable_person(actor: Actor, person_id: str, *, now: datetime) -> Outcome[str]:
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_disable(actor, person, now):
        return refused("not_yours")
    feed.begin_writing(actor.service_id)
    was_disabled = person.disabled_at is not None
    person.disabled_at = None
    db.session.flush()
    _publish_newcomer(person, at=now)
    if was_disabled:
        _record(Deed.PERSON_ENABLED, person, actor.person_id, now)
    db.session.commit()
    return done(person.id)


def choose_language(person_id: str, language: str) -> Outcome[str]:
    """A person's own choice of bokmål or nynorsk. Commits."""
    if language not in rules.LANGUAGES:
        return refused("unknown_language")
    db.session.execute(update(Person).where(Person.id == person_id).values(language=language))
    db.session.commit()
    return done(language)


def set_quiet_hours(person_id: str, quiet: bool) -> None:
    """Whether reminders keep to working hours: the person's own choice. Part of the caller's transaction."""
    db.session.execute(update(Person).where(Person.id == person_id).values(quiet_hours=quiet))


# --- roles and teams ------------------------------------------------------------------------------


def add_role(actor: Actor, person_id: str, command: NewRole, *, now: datetime) -> Outcome[str]:
    """Give a person a role, from a day, for as long as nothing else is said. Answers the role's id."""
    person = records.person_in(actor.service_id, person_id)
    if person is None or not may_see_person(actor, person, now):
        return refused("not_yours")
    if not rules.may_grant(actor, command.role, command.team_id):
        return refused("not_yours")
    outcome = give_role(person_id, command, by=actor.person_id, now=now)
    if outcome.ok:
        db.session.commit()
    return outcome


def give_role(person_id: str, command: NewRole, *, by: str | None = None, now: datetime) -> Outcome[str]:
    """The same without asking who does it: for the demo. Part of the caller's transaction."""
    person = db.session.get_one(Person, person_id)
    problem = _problem_with_role(person.service_id, command, now)
    if problem:
        return refused(problem[1], **{problem[0]: problem[1]})
    feed.begin_writing(person.service_id)
    row = _new_role_row(person, command, now)
    db.session.add(row)
    db.session.flush()
    _tell_of_roles(person.service_id, person.id, at=now)
    _record_role(Deed.ROLE_GIVEN, row, by, now)
    return done(row.id)


def end_role(actor: Actor, role_id: str, *, to_date: date, now: datetime) -> Outcome[str]:
    """Let a role end; `to_date` is the first day without it. Answers the person's id."""
    row = records.role_in(actor.service_id, role_id)
    if row is None or not rules.may_grant(actor, Role(row.role), row.team_id):
        return refused("not_yours")
    if to_date < row.from_date:
        return refused("ends_before_it_begins", to_date="ends_before_it_begins")
    feed.begin_writing(actor.service_id)
    row.to_date = to_date
    db.session.flush()
    if row.role == Role.SERVICE_LEADER and not _stays_led(actor.service_id, to_date):
        db.session.rollback()
        return refused("last_service_leader")
    _tell_of_roles(row.service_id, row.person_id, at=now)
    _record_role(Deed.ROLE_ENDED, row, actor.person_id, now)
    db.session.commit()
    return done(row.person_id)


def tell_of_dated_roles(now: datetime) -> None:
    """The job that tells people's devices when a role has begun or ended by its date. Tells once."""
    today = rules.day_in_norway(now)
    for role in records.roles_turning(today - REMEMBERED_TURNS, today):
        told = feed.last_told("person", role.person_id, role.person_id)
        if told and rules.day_in_norway(told) < max(day for day in role.turns if day <= today):
            _tell_of_roles(role.service_id, role.person_id, at=now)
            db.session.commit()


def create_team(actor: Actor, name: str) -> Outcome[TeamCard]:
    if not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    return done(add_team(actor.service_id, name))


def add_team(service_id: str, name: str) -> TeamCard:
    """The same without asking who does it: for the demo. Commits."""
    team = Team(id=new_id(), service_id=service_id, name=name.strip())
    db.session.add(team)
    db.session.commit()
    return TeamCard(team.id, team.name)


def rename_team(actor: Actor, team_id: str, name: str) -> Outcome[TeamCard]:
    team = records.team_in(actor.service_id, team_id)
    if team is None or not actor.has(*rules.RUNS_THE_SERVICE):
        return refused("not_yours")
    team.name = name.strip()
    db.session.commit()
    return done(TeamCard(team.id, team.name))


# --- devices --------------------------------------------------------------------------------------


def register_device(actor: Actor, name: str, *, now: datetime, sign_in_id: str | None = None) -> NewDevice:
    """A browser will keep this person's texts. The credentials are in the answer and nowhere else."""
    made = NewDevice(id=new_id(), write=secrets.token_urlsafe(32), read=secrets.token_urlsafe(32))
    db.session.add(
        Device(
            id=made.id,
            service_id=actor.service_id,
            person_id=actor.person_id,
            name=name.strip()[:80],
            write_hash=digest(made.write),
            read_hash=digest(made.read),
            created_at=now,
            last_contact_at=now,
            last_number=0,
            sign_in_id=sign_in_id,
        )
    )
    db.session.commit()
    return made


def find_device(device_id: str) -> DeviceCard | None:
    """Any device, revoked or not, in any service: the caller looks at what it is allowed."""
    device = db.session.get(Device, device_id)
    return device_card(device) if device else None


def device_of_sign_in(person_id: str, sign_in_id: str | None) -> DeviceCard | None:
    """What this sign-in registered before: when it registers again, its browser has been emptied since."""
    device = records.device_of_sign_in(person_id, sign_in_id) if sign_in_id else None
    return device_card(device) if device else None


def devices_of_person(person_id: str) -> list[DeviceCard]:
    return [device_card(device) for device in records.devices_of(person_id)]


def check_write_credential(device: DeviceCard, credential: str) -> bool:
    """Whether who sealed an operation held this device's credential."""
    return hmac.compare_digest(device.write_hash, digest(credential))


def check_read_credential(device: DeviceCard, credential: str) -> bool:
    return hmac.compare_digest(device.read_hash, digest(credential))


def note_device_contact(device_id: str, number: int, *, now: datetime) -> None:
    """A device has been heard from, with operations up to `number`. Part of the caller's transaction."""
    last = case((Device.last_number < number, number), else_=Device.last_number)
    contact = update(Device).where(Device.id == device_id)
    db.session.execute(contact.values(last_contact_at=now, last_number=last))


def revoke_device(actor: Actor, device_id: str, *, now: datetime) -> Outcome[str]:
    """One's own lost or given-away device: it gets nothing more, and forgets all at its next contact."""
    device = records.device_in(actor.service_id, device_id)
    if device is None or device.person_id != actor.person_id:
        return refused("not_yours")
    feed.begin_writing(device.service_id)
    if device.revoked_at is None:
        device.revoked_at = now
        db.session.flush()
        audit.record(
            device.service_id,
            Deed.DEVICE_REVOKED,
            ("device", device.id),
            by=actor.person_id,
            at=now,
            person=device.person_id,
        )
    db.session.commit()
    return done(device.id)


# --- what devices are told ------------------------------------------------------------------------


def render_persons(reader_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """A name; and to the person themself which of the server's pages are for them."""
    shown = {}
    for card in persons_by_ids(ids).values():
        own = {"may": rules.pages_for(card.roles)} if card.id == reader_id else {}
        shown[card.id] = {"name": card.name, **own}
    return shown


def render_services(_reader_id: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    services = db.session.scalars(select(Service).where(Service.id.in_(ids)))
    return {service.id: service_card(service).shown() for service in services}


def _publish_service(service_id: str, *, at: datetime) -> None:
    feed.publish(service_id, "service", service_id, records.active_people_ids(service_id), at=at)


def _publish_name(person: Person, *, at: datetime) -> None:
    feed.publish(person.service_id, "person", person.id, records.active_people_ids(person.service_id), at=at)


def _tell_of_roles(service_id: str, person_id: str, *, at: datetime) -> None:
    """What one may open is shown to oneself alone; what one supervises follows."""
    feed.tell_again(service_id, "person", person_id, person_id, at=at)
    for tell in house().on_role_change:
        tell(person_id, at)


def _publish_newcomer(person: Person, *, at: datetime) -> None:
    """Their name to everybody, everybody's name to them. Nobody is told anew what they know already."""
    _publish_name(person, at=at)
    feed.publish_to(person.service_id, "service", person.service_id, person.id, at=at)
    for other in records.people_of(person.service_id):
        feed.publish_to(person.service_id, "person", other.id, person.id, at=at)


# --- inside ---------------------------------------------------------------------------------------


def service_card(service: Service) -> ServiceCard:
    return ServiceCard(
        id=service.id,
        name=service.name,
        language=service.language,
        is_demo=service.is_demo,
        epoch=service.epoch,
        epoch_at=service.epoch_at,
        lock_minutes=service.lock_minutes,
        kept_weeks=service.kept_weeks,
    )


def device_card(device: Device) -> DeviceCard:
    return DeviceCard(
        id=device.id,
        service_id=device.service_id,
        person_id=device.person_id,
        name=device.name,
        last_number=device.last_number,
        last_contact_at=device.last_contact_at,
        revoked_at=device.revoked_at,
        write_hash=device.write_hash,
        read_hash=device.read_hash,
    )


def dated_roles(rows: Iterable[RoleHeld]) -> list[DatedRole]:
    return [DatedRole(row.person_id, Role(row.role), row.from_date, row.to_date, row.team_id) for row in rows]


def held_on(roles: Iterable[DatedRole], day: date) -> list[DatedRole]:
    return [role for role in roles if role.is_held(day)]


def may_see_person(actor: Actor, person: Person, now: datetime) -> bool:
    return rules.may_see_person(actor, _held_by(person, now))


def may_open_account(actor: Actor, person: Person, now: datetime) -> bool:
    return rules.may_open_account(actor, _held_by(person, now), has_accepted=person.accepted_at is not None)


def may_disable(actor: Actor, person: Person, now: datetime) -> bool:
    return actor.person_id != person.id and rules.may_disable(actor, _held_by(person, now))


def _held_by(person: Person, now: datetime) -> list[DatedRole]:
    """Today's roles, and those to come: whom one has been asked to lead from Monday one may see today."""
    day = rules.day_in_norway(now)
    roles = dated_roles(records.roles_of_person(person.id))
    return [role for role in roles if role.to_date is None or day < role.to_date]


def _cards(people: Iterable[Person], rows: Iterable[RoleHeld], now: datetime | None) -> list[PersonCard]:
    day = rules.day_in_norway(now or datetime.now(UTC))
    held: dict[str, list[DatedRole]] = {}
    for role in held_on(dated_roles(rows), day):
        held.setdefault(role.person_id, []).append(role)
    people = list(people)
    languages = _service_languages({person.service_id for person in people})
    return [_person_card(person, held.get(person.id, []), languages[person.service_id]) for person in people]


def _service_languages(service_ids: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(Service.id, Service.language).where(Service.id.in_(service_ids)))
    return {row.id: row.language for row in rows}


def _person_card(person: Person, held: list[DatedRole], service_language: str) -> PersonCard:
    return PersonCard(
        id=person.id,
        service_id=person.service_id,
        name=person.name,
        email=person.email,
        language=person.language or service_language,
        is_active=person.disabled_at is None,
        has_accepted=person.accepted_at is not None,
        quiet_hours=person.quiet_hours,
        roles=frozenset(role.role for role in held),
        team_ids=frozenset(role.team_id for role in held if role.team_id),
    )


def _add_person(service_id: str, command: InvitePerson, by: str | None, now: datetime) -> Outcome[Person]:
    for role in command.roles:
        problem = _problem_with_role(service_id, role, now)
        if problem:
            return refused(problem[1], **{problem[0]: problem[1]})
    feed.begin_writing(service_id)
    person = Person(
        id=new_id(),
        service_id=service_id,
        name=command.name.strip(),
        email=rules.tidy_email(command.email),
        language=command.language,
        created_at=now,
    )
    db.session.add(person)
    if not _flush_unless_taken():
        return refused("email_taken", email="email_taken")
    roles = [_new_role_row(person, role, now) for role in command.roles]
    db.session.add_all(roles)
    db.session.flush()
    _publish_newcomer(person, at=now)
    _record(Deed.PERSON_ADDED, person, by, now)
    for row in roles:
        _record_role(Deed.ROLE_GIVEN, row, by, now)
    return done(person)


def _record(
    deed: Deed, person: Person, by: str | None, now: datetime, *, changed: list[str] | None = None
) -> None:
    details = {"changed": changed} if changed else {}
    audit.record(person.service_id, deed, ("person", person.id), by=by, at=now, **details)


def _record_role(deed: Deed, row: RoleHeld, by: str | None, now: datetime) -> None:
    audit.record(
        row.service_id,
        deed,
        ("person", row.person_id),
        by=by,
        at=now,
        role=row.role,
        role_id=row.id,
        team=row.team_id,
        from_date=row.from_date.isoformat(),
        to_date=row.to_date.isoformat() if row.to_date else None,
    )


def _problem_with_role(service_id: str, command: NewRole, now: datetime) -> tuple[str, str] | None:
    """The field and the reason, or None."""
    if command.team_id and records.team_in(service_id, command.team_id) is None:
        return "team", "unknown_team"
    if command.role in rules.NEEDS_TEAM and not command.team_id:
        return "team", "team_missing"
    begins = command.from_date or rules.day_in_norway(now)
    if command.to_date and command.to_date < begins:
        return "to_date", "ends_before_it_begins"
    return None


def _new_role_row(person: Person, command: NewRole, now: datetime) -> RoleHeld:
    return RoleHeld(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        role=command.role.value,
        team_id=None if command.role in rules.HAS_NO_TEAM else command.team_id or None,
        from_date=command.from_date or rules.day_in_norway(now),
        to_date=command.to_date,
    )


def _flush_unless_taken() -> bool:
    """False when somebody has this e-mail already, also when they got it a moment ago. Rolls back then."""
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def _make_invitation(person: Person, created_by: str | None, now: datetime) -> InvitationLink:
    _void_invitations(person.id, now)
    sessions.end_all_sessions(person.id, now=now)
    token = secrets.token_urlsafe(32)
    expires_at = now + rules.INVITATION_LIFE
    row = Invitation(
        id=new_id(),
        service_id=person.service_id,
        person_id=person.id,
        token_hash=digest(token),
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        person.service_id,
        Deed.INVITATION_MADE,
        ("person", person.id),
        by=created_by,
        at=now,
        invitation=row.id,
    )
    log.info("invitation_made", person=person.id, by=created_by)
    return InvitationLink(person_id=person.id, token=token, expires_at=expires_at)


def _void_invitations(person_id: str, now: datetime) -> None:
    """Links that nobody used can be used no longer. Their rows stay: the person sees that they were made."""
    open_links = update(Invitation).where(
        Invitation.person_id == person_id, Invitation.used_at.is_(None), Invitation.expires_at > now
    )
    db.session.execute(open_links.values(expires_at=now))


def _is_service_leader(person: Person, now: datetime) -> bool:
    return any(role.role is Role.SERVICE_LEADER for role in _held_by(person, now))


def _stays_led(service_id: str, day: date) -> bool:
    roles = dated_roles(records.service_leader_roles(service_id))
    return rules.stays_led(roles, records.people_who_can_lead(service_id), day)
