"""Series, their participants, their sessions, and the service's quiet weeks: tables and queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    column,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from ledvei_pwa.features.supervision.rules import FOCUS_AREAS, SUPERVISES, Status
from ledvei_pwa.kernel.norwegian_calendar import local
from ledvei_pwa.platform.database import Base, HasId, UtcDateTime, db

# People's own table, read with each series: whether its supervisor may supervise today costs no query more.
ROLE = table("role", column("person_id"), column("role"), column("from_date"), column("to_date"))
TODAY = bindparam("today", callable_=lambda: local(datetime.now(UTC)).date(), type_=Date)


class Series(HasId, Base):
    """A rhythm of supervision between a supervisor and one or more participants."""

    __tablename__ = "series"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    form: Mapped[str] = mapped_column(String(12))
    name: Mapped[str | None] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(String(100))  # RFC 5545, as kernel.cadence writes it
    start_date: Mapped[date]  # a day of the rule; says which weeks or months count
    local_time: Mapped[str] = mapped_column(String(5))  # "HH:MM" in Europe/Oslo
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(200), default="")
    video_link: Mapped[str] = mapped_column(String(500), default="")
    supervisor_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    supervised_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: there never was another
    compulsory: Mapped[bool] = mapped_column(default=True)
    mix_case: Mapped[int] = mapped_column(default=0)  # per cent, 100 together
    mix_practical: Mapped[int] = mapped_column(default=0)
    mix_strain: Mapped[int] = mapped_column(default=0)
    mix_role: Mapped[int] = mapped_column(default=0)
    mix_other: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether the supervisor holds a role today that may supervise. Ask anew when either has changed.
    is_supervised: Mapped[bool] = column_property(
        select(ROLE.c.person_id)
        .where(
            ROLE.c.person_id == supervisor_id,
            ROLE.c.role.in_([role.value for role in SUPERVISES]),
            ROLE.c.from_date <= TODAY,
            or_(ROLE.c.to_date.is_(None), ROLE.c.to_date > TODAY),
        )
        .correlate_except(ROLE)
        .exists()
    )

    memberships: Mapped[list[SeriesMember]] = relationship(
        back_populates="series", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def member_ids(self) -> frozenset[str]:
        """The current participants."""
        return frozenset(member.person_id for member in self.memberships if member.to_date is None)

    @property
    def mix(self) -> dict[str, int]:
        return {area: getattr(self, f"mix_{area}") for area in FOCUS_AREAS}

    @property
    def current_supervisor_id(self) -> str | None:
        """None while the supervisor's role, or mandate, does not run: then nobody supervises the series."""
        return self.supervisor_id if self.is_supervised else None


class SeriesMember(HasId, Base):
    """A person takes part in a series from a day, until `to_date`: the first day without it."""

    __tablename__ = "series_member"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    series: Mapped[Series] = relationship(back_populates="memberships")


class Session(HasId, Base):
    """One meeting. `slot` is the day of the rule that it stands for, wherever it has been moved."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("series_id", "slot"),
        Index("ix_session_service_id_starts_at", "service_id", "starts_at"),
    )

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"))
    series_id: Mapped[str] = mapped_column(ForeignKey("series.id"), index=True)
    slot: Mapped[date | None]  # None: outside the rhythm, after the rhythm was changed
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    status: Mapped[str] = mapped_column(String(12), default=Status.PLANNED.value)
    original_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # set when it is moved
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_minutes: Mapped[int | None]
    held_mix_case: Mapped[int | None]  # minutes
    held_mix_practical: Mapped[int | None]
    held_mix_strain: Mapped[int | None]
    held_mix_role: Mapped[int | None]
    held_mix_other: Mapped[int | None]
    in_feed: Mapped[bool] = mapped_column(default=False)  # the devices of its people hold it

    series: Mapped[Series] = relationship()

    @property
    def is_moved(self) -> bool:
        return self.moved_at is not None

    @property
    def held_mix(self) -> dict[str, int] | None:
        """Minutes by focus area, or None while it is not held."""
        if self.status != Status.HELD:
            return None
        return {area: getattr(self, f"held_mix_{area}") or 0 for area in FOCUS_AREAS}


class QuietWeek(Base):
    """An ISO week in which the service holds no supervision."""

    __tablename__ = "quiet_week"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    week: Mapped[int] = mapped_column(primary_key=True)


def series_in(service_id: str, series_id: str) -> Series | None:
    return db.session.scalar(select(Series).where(Series.id == series_id, Series.service_id == service_id))


def session_in(service_id: str, session_id: str) -> Session | None:
    """A session that people can see: not a withdrawn one."""
    query = select(Session).where(
        Session.id == session_id, Session.service_id == service_id, Session.status != Status.WITHDRAWN.value
    )
    return db.session.scalar(query)


def series_by_ids(ids: Collection[str]) -> list[Series]:
    return list(db.session.scalars(select(Series).where(Series.id.in_(ids)))) if ids else []


def sessions_by_ids(ids: Collection[str]) -> list[Session]:
    return list(db.session.scalars(select(Session).where(Session.id.in_(ids)))) if ids else []


def series_of_service(service_id: str) -> list[Series]:
    query = select(Series).where(Series.service_id == service_id).order_by(Series.created_at, Series.id)
    return list(db.session.scalars(query))


def series_of_person(service_id: str, person_id: str) -> list[Series]:
    """The series that a person supervises or takes part in today."""
    current = select(SeriesMember.series_id).where(
        SeriesMember.person_id == person_id, SeriesMember.to_date.is_(None)
    )
    mine = or_(Series.supervisor_id == person_id, Series.id.in_(current))
    query = select(Series).where(Series.service_id == service_id, mine).order_by(Series.created_at, Series.id)
    return list(db.session.scalars(query))


def series_supervised_by(person_id: str) -> list[Series]:
    return list(
        db.session.scalars(select(Series).where(Series.supervisor_id == person_id).order_by(Series.id))
    )


def memberships_of(person_id: str) -> list[SeriesMember]:
    """All, those that are over too, the first one first."""
    query = select(SeriesMember).where(SeriesMember.person_id == person_id)
    return list(db.session.scalars(query.order_by(SeriesMember.from_date, SeriesMember.id)))


def sessions_moved_by(person_id: str) -> list[Session]:
    query = select(Session).where(Session.moved_by == person_id)
    return list(db.session.scalars(query.order_by(Session.moved_at, Session.id)))


def active_series() -> list[tuple[str, str]]:
    """(service id, series id) of every series in every service that has not ended."""
    query = select(Series.service_id, Series.id).where(Series.ended_at.is_(None)).order_by(Series.id)
    return [(service_id, series_id) for service_id, series_id in db.session.execute(query)]


def sessions_of(series_id: str) -> list[Session]:
    """The sessions that people can see, oldest first."""
    query = select(Session).where(Session.series_id == series_id, Session.status != Status.WITHDRAWN.value)
    return list(db.session.scalars(query.order_by(Session.starts_at, Session.id)))


def all_sessions_of(series_id: str) -> list[Session]:
    """The withdrawn ones too."""
    query = select(Session).where(Session.series_id == series_id).order_by(Session.slot, Session.id)
    return list(db.session.scalars(query))


def next_session_starts(series_ids: Collection[str], now: datetime) -> dict[str, datetime]:
    """The next planned session of each series that has one."""
    query = select(Session.series_id, Session.starts_at).where(
        Session.series_id.in_(series_ids), Session.status == Status.PLANNED.value, Session.starts_at >= now
    )
    rows = db.session.execute(query.order_by(Session.starts_at.desc()))
    return {series_id: starts_at for series_id, starts_at in rows}  # noqa: C416  # the earliest comes last, and stays


def planned_sessions_between(service_id: str, earliest: datetime, latest: datetime) -> list[Session]:
    query = select(Session).where(
        Session.service_id == service_id,
        Session.status == Status.PLANNED.value,
        Session.starts_at >= earliest,
        Session.starts_at < latest,
    )
    return list(db.session.scalars(query.order_by(Session.starts_at, Session.id)))


def sessions_to_forget(service_id: str, before: datetime) -> list[Session]:
    """Those older than what the devices keep, but still on them."""
    query = select(Session).where(
        Session.service_id == service_id, Session.in_feed.is_(True), Session.starts_at < before
    )
    return list(db.session.scalars(query.order_by(Session.starts_at)))


def services_with_sessions_in_feed() -> list[str]:
    return sorted(db.session.scalars(select(Session.service_id).where(Session.in_feed.is_(True)).distinct()))


def quiet_weeks_of(service_id: str) -> frozenset[tuple[int, int]]:
    query = select(QuietWeek.year, QuietWeek.week).where(QuietWeek.service_id == service_id)
    return frozenset((year, week) for year, week in db.session.execute(query))


def replace_members(series: Series, wanted: Iterable[str], today: date) -> bool:
    """Let exactly these people take part from today on. Answers whether anybody came or went."""
    wanted, current = frozenset(wanted), series.member_ids
    for membership in series.memberships:
        if membership.to_date is None and membership.person_id not in wanted:
            membership.to_date = today
    for person_id in sorted(wanted - current):
        member = SeriesMember(service_id=series.service_id, person_id=person_id, from_date=today)
        series.memberships.append(member)
    return wanted != current
