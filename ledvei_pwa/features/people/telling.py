"""What devices are told of services and people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from ledvei_pwa.features.people import records, rules
from ledvei_pwa.features.people.asking import persons_by_ids
from ledvei_pwa.features.people.cards import service_card
from ledvei_pwa.features.people.records import Person, Service
from ledvei_pwa.platform import feed
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.registry import house


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


def publish_service(service_id: str, *, at: datetime) -> None:
    feed.publish(service_id, "service", service_id, records.active_people_ids(service_id), at=at)


def publish_name(person: Person, *, at: datetime) -> None:
    feed.publish(person.service_id, "person", person.id, records.active_people_ids(person.service_id), at=at)


def tell_of_roles(service_id: str, person_id: str, *, at: datetime) -> None:
    """What one may open is shown to oneself alone; what one supervises follows."""
    feed.tell_again(service_id, "person", person_id, person_id, at=at)
    for tell in house().on_role_change:
        tell(person_id, at)


def publish_newcomer(person: Person, *, at: datetime) -> None:
    """Their name to everybody, everybody's name to them. Nobody is told anew what they know already."""
    publish_name(person, at=at)
    feed.publish_to(person.service_id, "service", person.service_id, person.id, at=at)
    for other in records.people_of(person.service_id):
        feed.publish_to(person.service_id, "person", other.id, person.id, at=at)
