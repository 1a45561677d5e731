"""What callers of people's actions get and give: small frozen dataclasses, never a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ledvei_pwa.features.people.records import Device, Service
from ledvei_pwa.kernel.access import Role


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
    last_day: date | None = None  # set ahead: the account closes after it


@dataclass(frozen=True)
class LastDay:
    """The last day on which somebody's account is open, as it was set."""

    person_id: str
    name: str
    day: date
    set_by: str | None  # a person's id
    set_at: datetime | None


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
    registered_at: datetime
    reentry_id: str | None = None  # registered by a link that waits to open the account


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
        registered_at=device.created_at,
        reentry_id=device.reentry_id,
    )
