"""Reminders of sessions and agreements: pushed once to those who allowed it, listed in the app for all."""

from __future__ import annotations

from ledvei_pwa.features.reminders import actions, delivery, pages
from ledvei_pwa.platform.registry import House

A_DAY = 24 * 60  # minutes


def register(house: House) -> None:
    house.pages(pages.pages, pages.api)
    house.subject(delivery.SUBJECT, actions.render_reminders)
    house.on_session_change.append(actions.plan_session_reminders)
    house.on_reentry.append(actions.follow_reentry)
    house.on_leaving.append(actions.follow_last_day)
    house.on_device_closed.append(actions.follow_closed_device)
    house.job("deliver_reminders", delivery.deliver_job, every_minutes=1)
    house.job("forget_old_reminders", actions.forget_old_reminders, every_minutes=A_DAY)
