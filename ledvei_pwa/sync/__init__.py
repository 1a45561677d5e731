"""The protocol between a device and the server (docs/sync-protocol.md): what is written and who reads it."""

from __future__ import annotations

from ledvei_pwa.platform.rates import recognise_with
from ledvei_pwa.platform.registry import House
from ledvei_pwa.sync import keeping_pages, notice, own_log_pages, own_texts_pages, records
from ledvei_pwa.sync.expiry import follow_leaving, let_texts_expire
from ledvei_pwa.sync.pages import pages, proven_device
from ledvei_pwa.sync.retention import follow_series, let_old_entries_leave
from ledvei_pwa.sync.subjects import render_entries

A_DAY = 24 * 60  # minutes


def register(house: House) -> None:
    house.pages(pages, own_texts_pages.pages, own_log_pages.pages, keeping_pages.pages)
    recognise_with(house.app, "sync.sync", proven_device)
    house.subject(records.ENTRY, render_entries)
    house.on_series_change.append(follow_series)
    house.on_leaving.append(follow_leaving)
    house.subject(notice.NOTICE, notice.render_notices)
    house.job("let_texts_expire", let_texts_expire, every_minutes=A_DAY)
    house.job("let_old_entries_leave", let_old_entries_leave, every_minutes=A_DAY)
