"""What a service has decided about how long texts are kept: table and queries."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ledvei_pwa.platform.database import Base, db


class KeepingPeriod(Base):
    """How many months one sort of text is kept in one service. Without a row: what is usual."""

    __tablename__ = "keeping_period"

    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), primary_key=True)
    sort: Mapped[str] = mapped_column(String(24), primary_key=True)
    months: Mapped[int]


def periods_of(service_id: str) -> list[KeepingPeriod]:
    return list(db.session.scalars(select(KeepingPeriod).where(KeepingPeriod.service_id == service_id)))
