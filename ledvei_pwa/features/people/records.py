"""Services, teams, people, their dated roles, invitations and devices: tables and queries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Integer,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.features.people import rules
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import Base, HasId, Id, UtcDateTime, db
from ledvei_pwa.platform.keyring import EncryptedText

DIGEST = String(64)  # SHA-256 in hexadecimal


class Service(HasId, Base):
    """A child welfare service: the tenant. Its id is every other row's `service_id`."""

    __tablename__ = "service"

    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="nb")
    is_demo: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[str] = mapped_column(Id)  # a new one tells every device to fetch everything again
    epoch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: the first, nothing was restored
    change_counter: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), default=0)
    kept_weeks: Mapped[int] = mapped_column(default=8)
    lock_minutes: Mapped[int] = mapped_column(default=5)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Team(HasId, Base):
    __tablename__ = "team"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))


class Person(HasId, Base):
    __tablename__ = "person"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # always in lower case
    language: Mapped[str | None] = mapped_column(String(2))  # None: the service's
    password_hash: Mapped[str | None] = mapped_column(String(200))  # None: no password, a passkey perhaps
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: no invitation used yet
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    quiet_hours: Mapped[bool] = mapped_column(default=True)
    # Set ahead by a leader: the last day on which the account is open. None again when it is closed.
    last_day: Mapped[date | None]
    last_day_by: Mapped[str | None] = mapped_column(Id)
    last_day_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def is_closed(self, now: datetime) -> bool:
        """By somebody, or because the last day is over: also where no worker has come to close it."""
        return self.disabled_at is not None or rules.is_over(self.last_day, rules.day_in_norway(now))


class RoleHeld(HasId, Base):
    """A role of a person, from a day, until `to_date`: the first day WITHOUT it."""

    __tablename__ = "role"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"))
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    @property
    def turns(self) -> list[date]:
        """The days on which something changes for the person."""
        return [day for day in (self.from_date, self.to_date) if day]


class Invitation(HasId, Base):
    """A one-time link. Only the digest of its token is kept."""

    __tablename__ = "invitation"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(DIGEST, unique=True)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))  # None: the command line
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reentry(HasId, Base):
    """Somebody has used a link to an account that was in use before. Until it opens, it is kept apart.

    What they chose to sign in with waits beside what the account had, which opens it still.
    """

    __tablename__ = "reentry"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"))
    browser: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # becomes the person's when it opens
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def waits(self) -> bool:
        return self.opened_at is None and self.stopped_at is None


class Passkey(HasId, Base):
    """A key pair in somebody's phone, computer or key ring (WebAuthn). Only its public half is here."""

    __tablename__ = "passkey"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE
    user_handle: Mapped[bytes] = mapped_column(LargeBinary)  # random, the same for all of one person's
    sign_count: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    transports: Mapped[str] = mapped_column(String(80))  # comma separated, as the browser told
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reentry_id: Mapped[str | None] = mapped_column(Id, index=True)  # made by a link that waits to open


class CodeApp(HasId, Base):
    """What somebody's code app makes its codes from (TOTP, RFC 6238). One for each person."""

    __tablename__ = "code_app"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), unique=True)
    secret: Mapped[bytes] = mapped_column(EncryptedText)
    last_step: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))  # used up to here
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WaitingCodeApp(HasId, Base):
    """The same, set up by a link that waits to open. It becomes the person's `CodeApp` with the same id."""

    __tablename__ = "waiting_code_app"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    reentry_id: Mapped[str] = mapped_column(ForeignKey("reentry.id"), unique=True)
    secret: Mapped[bytes] = mapped_column(EncryptedText("code_app"))  # encrypted as a `CodeApp`'s
    last_step: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(HasId, Base):
    """A code on paper that works once. Only its keyed digest is kept."""

    __tablename__ = "recovery_code"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(DIGEST)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdentityProvider(HasId, Base):
    """Where a service's people sign in besides here (OpenID Connect). One for each service; docs/adr/0020."""

    __tablename__ = "identity_provider"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(200))
    auth: Mapped[str] = mapped_column(String(30))  # how we show the provider who we are
    secret: Mapped[bytes] = mapped_column(EncryptedText)  # a private key in PEM, or the client's secret
    key_id: Mapped[str] = mapped_column(String(100))  # of the private key, as the provider knows it
    scope: Mapped[str] = mapped_column(String(300))
    subject_claim: Mapped[str] = mapped_column(String(60))  # the claim that says who it is
    by_email: Mapped[bool]  # a verified e-mail may connect an account that nobody has been in
    acr_values: Mapped[str] = mapped_column(String(300))  # what means two factors, with spaces between
    amr_values: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IdentityLink(HasId, Base):
    """That somebody at a provider is this person. Of who they are there, only a keyed digest is kept."""

    __tablename__ = "identity_link"
    __table_args__ = (
        UniqueConstraint("provider_id", "subject_hash", name="uq_identity_link_subject"),
        UniqueConstraint("provider_id", "person_id", name="uq_identity_link_person"),
    )

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("identity_provider.id"))
    subject_hash: Mapped[str] = mapped_column(DIGEST)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it first stood for two factors: from then on the account has a second factor there.
    whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Device(HasId, Base):
    """A browser that keeps somebody's texts. Only the digests of its two credentials are kept."""

    __tablename__ = "device"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    write_hash: Mapped[str] = mapped_column(DIGEST)
    read_hash: Mapped[str] = mapped_column(DIGEST)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_contact_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_number: Mapped[int] = mapped_column(default=0)  # of the last operation the server has from it
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The sign-in that registered it. No foreign key: old sign-ins are forgotten before their devices.
    sign_in_id: Mapped[str | None] = mapped_column(Id)
    # Registered by a sign-in that waits to open: it may write what is new, and nothing that was there before.
    reentry_id: Mapped[str | None] = mapped_column(Id)


def person_with_email(email: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == email))


def person_in(service_id: str, person_id: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.id == person_id, Person.service_id == service_id))


def team_in(service_id: str, team_id: str) -> Team | None:
    return db.session.scalar(select(Team).where(Team.id == team_id, Team.service_id == service_id))


def role_in(service_id: str, role_id: str) -> RoleHeld | None:
    return db.session.scalar(
        select(RoleHeld).where(RoleHeld.id == role_id, RoleHeld.service_id == service_id)
    )


def device_in(service_id: str, device_id: str) -> Device | None:
    return db.session.scalar(select(Device).where(Device.id == device_id, Device.service_id == service_id))


def teams_of(service_id: str) -> list[Team]:
    return list(db.session.scalars(select(Team).where(Team.service_id == service_id).order_by(Team.name)))


def people_of(service_id: str) -> list[Person]:
    query = select(Person).where(Person.service_id == service_id).order_by(Person.name, Person.id)
    return list(db.session.scalars(query))


def active_people_ids(service_id: str) -> set[str]:
    query = select(Person.id).where(Person.service_id == service_id, Person.disabled_at.is_(None))
    return set(db.session.scalars(query))


def roles_of_service(service_id: str) -> list[RoleHeld]:
    return list(db.session.scalars(_roles().where(RoleHeld.service_id == service_id)))


def roles_turning(first: date, last: date) -> list[RoleHeld]:
    """Roles that begin or end on a day from `first` to `last`, both counted."""
    turning = or_(RoleHeld.from_date.between(first, last), RoleHeld.to_date.between(first, last))
    return list(db.session.scalars(_roles().where(turning)))


def roles_of_person(person_id: str) -> list[RoleHeld]:
    return list(db.session.scalars(_roles().where(RoleHeld.person_id == person_id)))


def devices_of(person_id: str) -> list[Device]:
    query = select(Device).where(Device.person_id == person_id).order_by(Device.created_at.desc())
    return list(db.session.scalars(query))


def device_of_sign_in(person_id: str, sign_in_id: str) -> Device | None:
    """The last that this sign-in registered and that is not revoked."""
    query = select(Device).where(Device.person_id == person_id, Device.sign_in_id == sign_in_id)
    latest = query.where(Device.revoked_at.is_(None)).order_by(Device.created_at.desc(), Device.id.desc())
    return db.session.scalar(latest.limit(1))


def passkeys_of(person_id: str, reentry_id: str | None = None) -> list[Passkey]:
    """What opens the account; or what was made by a link, and waits."""
    query = select(Passkey).where(Passkey.person_id == person_id, Passkey.reentry_id == reentry_id)
    return list(db.session.scalars(query.order_by(Passkey.created_at, Passkey.id)))


def passkey_with_credential(credential_id: bytes) -> Passkey | None:
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def code_app_of(person_id: str, reentry_id: str | None = None) -> CodeApp | WaitingCodeApp | None:
    """The same."""
    if reentry_id is None:
        return db.session.scalar(select(CodeApp).where(CodeApp.person_id == person_id))
    waiting = select(WaitingCodeApp).where(WaitingCodeApp.person_id == person_id)
    return db.session.scalar(waiting.where(WaitingCodeApp.reentry_id == reentry_id))


def waiting_reentry_of(person_id: str) -> Reentry | None:
    """There is one at the most: a new link that is used ends the one before."""
    query = select(Reentry).where(Reentry.person_id == person_id)
    return db.session.scalar(query.where(Reentry.opened_at.is_(None), Reentry.stopped_at.is_(None)))


def waiting_reentries(service_id: str | None = None) -> list[Reentry]:
    """The oldest first; of one service, or all."""
    query = select(Reentry).where(Reentry.opened_at.is_(None), Reentry.stopped_at.is_(None))
    if service_id is not None:
        query = query.where(Reentry.service_id == service_id)
    return list(db.session.scalars(query.order_by(Reentry.created_at, Reentry.id)))


def provider_of(service_id: str) -> IdentityProvider | None:
    return db.session.scalar(select(IdentityProvider).where(IdentityProvider.service_id == service_id))


def every_provider() -> list[IdentityProvider]:
    return list(db.session.scalars(select(IdentityProvider).order_by(IdentityProvider.name)))


def links_of(person_id: str) -> list[tuple[IdentityLink, IdentityProvider]]:
    """Where else somebody signs in, with the provider of each."""
    query = select(IdentityLink, IdentityProvider).join(
        IdentityProvider, IdentityProvider.id == IdentityLink.provider_id
    )
    found = db.session.execute(
        query.where(IdentityLink.person_id == person_id).order_by(IdentityProvider.name)
    )
    return [(link, provider) for link, provider in found]


def link_with_subject(provider_id: str, subject_hash: str) -> IdentityLink | None:
    query = select(IdentityLink).where(IdentityLink.provider_id == provider_id)
    return db.session.scalar(query.where(IdentityLink.subject_hash == subject_hash))


def recovery_codes_left(person_id: str) -> int:
    unused = select(func.count()).select_from(RecoveryCode)
    unused = unused.where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def invitations_of(person_id: str) -> list[Invitation]:
    query = select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.created_at.desc())
    return list(db.session.scalars(query))


def people_who_can_lead(service_id: str) -> set[str]:
    """The ids of those who can sign in, with no end set: open, an invitation used, no last day ahead."""
    query = select(Person.id).where(
        Person.service_id == service_id,
        Person.disabled_at.is_(None),
        Person.accepted_at.is_not(None),
        Person.last_day.is_(None),
    )
    return set(db.session.scalars(query))


def people_with_a_last_day(service_id: str | None = None, *, before: date | None = None) -> list[Person]:
    """Whose account is open until a day that is set, the soonest first; of one service, or all."""
    query = select(Person).where(Person.last_day.is_not(None), Person.disabled_at.is_(None))
    if service_id is not None:
        query = query.where(Person.service_id == service_id)
    if before is not None:
        query = query.where(Person.last_day < before)
    return list(db.session.scalars(query.order_by(Person.last_day, Person.name, Person.id)))


def closed_at(service_id: str) -> dict[str, datetime]:
    """When each closed account of a service was closed, by the person's id."""
    query = select(Person.id, Person.disabled_at).where(Person.service_id == service_id)
    rows = db.session.execute(query.where(Person.disabled_at.is_not(None)))
    return {row.id: row.disabled_at for row in rows}


def service_leader_roles(service_id: str) -> list[RoleHeld]:
    query = _roles().where(RoleHeld.service_id == service_id, RoleHeld.role == Role.SERVICE_LEADER.value)
    return list(db.session.scalars(query))


def _roles() -> Select[RoleHeld]:
    return select(RoleHeld).order_by(RoleHeld.from_date, RoleHeld.id)
