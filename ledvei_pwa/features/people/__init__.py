"""People: services, teams, roles, invitations, sign-in and devices."""

from __future__ import annotations

from ledvei_pwa.features.people import accounts, actions
from ledvei_pwa.platform import sessions
from ledvei_pwa.platform.registry import House


def register(house: House) -> None:
    sessions.load_actors_with(house.app, actions.load_actor)
    house.subject("person", actions.render_persons)
    house.subject("service", actions.render_services)
    house.job("forget_old_sign_ins", accounts.forget_old_tries_and_sign_ins, every_minutes=60)
