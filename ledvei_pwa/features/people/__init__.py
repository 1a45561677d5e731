"""People: services, teams, roles, invitations, sign-in and devices."""

from __future__ import annotations

from typing import Any

from ledvei_pwa.features.people import (
    accounts,
    actions,
    device_pages,
    factor_pages,
    openid_pages,
    pages,
    reentries,
    reentry_pages,
    sign_in_pages,
)
from ledvei_pwa.platform import sessions
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    sessions.load_actors_with(house.app, actions.load_actor)
    sessions.ask_for_proof_with(house.app, factor_pages.ask_for_proof)
    sessions.tell_what_waits_with(house.app, reentries.when_it_opens)
    house.pages(sign_in_pages.pages, openid_pages.pages, factor_pages.pages, reentry_pages.pages)
    house.pages(device_pages.pages, pages.pages)
    house.subject("person", actions.render_persons)
    house.subject("service", actions.render_services)
    house.job("forget_old_sign_ins", accounts.forget_old_tries_and_sign_ins, every_minutes=60)
    house.job("open_accounts_that_waited", reentries.open_due, every_minutes=5)
    house.job("tell_of_dated_roles", actions.tell_of_dated_roles, every_minutes=30)
    house.job("close_after_last_days", actions.close_after_last_days, every_minutes=5)
    house.app.context_processor(say_whether_demo)


def say_whether_demo() -> dict[str, Any]:
    """For the ribbon that tells invented people from real ones."""
    actor = sessions.current_actor()
    service = actions.service_of(actor.service_id) if actor else None
    return {"demo": bool(service and service.is_demo)}
