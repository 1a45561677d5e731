"""Making a service, and its settings."""

from __future__ import annotations

from datetime import datetime

from ledvei_pwa.features.people.cards import ChangeService, CreateService, ServiceCard, service_card
from ledvei_pwa.features.people.recording import record_settings
from ledvei_pwa.features.people.records import Service
from ledvei_pwa.features.people.telling import publish_service
from ledvei_pwa.kernel.access import Actor, Role
from ledvei_pwa.kernel.outcome import Outcome, done, refused
from ledvei_pwa.platform import audit, feed
from ledvei_pwa.platform.audit import Deed
from ledvei_pwa.platform.database import db, new_id


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
    publish_service(service.id, at=now)
    record_settings(actor, before, service_card(service), now)
    db.session.commit()
    return done(service_card(service))
