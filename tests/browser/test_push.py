"""A reminder from end to end: allowed in Chromium, sent and decrypted, shown by the worker, opening its page.

Debian's Chromium has no push service of its own to subscribe at, so the page is given one: npm's
web-push-testing, which holds the keys and decrypts as a browser would. Everything else is real.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import select
from waitress.server import create_server

from ledvei_pwa.features.people.actions import PersonCard
from ledvei_pwa.features.reminders import actions, delivery
from ledvei_pwa.features.reminders.records import PushSubscription
from ledvei_pwa.features.supervision.records import Session
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import gettext, speaking
from ledvei_pwa.platform.push import Subscription
from tests.support.engines import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.support.page_client import PageClient
from tests.support.people import a_person, a_service, actor_of, sign_in
from tests.support.push_service import DecryptingPushService, decrypting_push_service, free_port
from tests.support.supervision import a_series, a_session

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

PASSPHRASE = "fire gule ender svømmer"
OWN_PUSH_SERVICE = """
const sent = SUBSCRIPTION
let current = null
PushManager.prototype.getSubscription = async () => current
PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  if (!userVisibleOnly) throw new Error('silent pushes are not allowed')
  current = {
    options: { applicationServerKey: applicationServerKey.buffer },
    unsubscribe: async () => { current = null; return true },
    toJSON: () => sent,
  }
  return current
}
"""


@dataclass
class Served:
    app: Flask
    address: str

    def cookie_of(self, person: PersonCard) -> dict[str, Any]:
        client = PageClient(self.app)
        sign_in(client, person)
        cookie = client.get_cookie("ledvei")
        assert cookie
        return {"name": "ledvei", "value": cookie.value, "url": self.address}


@pytest.fixture
def served(app: Flask, make_app: Callable[..., Flask]) -> Iterator[Served]:
    port = free_port()
    address = f"http://localhost:{port}"
    again = make_app(base_url=address)
    server = create_server(again, host="localhost", port=port, threads=4)
    thread = threading.Thread(target=run_until_closed, args=[server], daemon=True)
    thread.start()
    with again.app_context():
        yield Served(again, address)
    server.close()
    thread.join(5)


def run_until_closed(server: Any) -> None:
    """Closing takes the sockets away while the loop waits at them: waitress cannot be stopped otherwise."""
    with suppress(OSError):
        server.run()


@pytest.fixture(scope="module")
def decrypting() -> Iterator[DecryptingPushService]:
    with decrypting_push_service() as service:
        yield service


@pytest.fixture
def subscription(decrypting: DecryptingPushService, served: Served) -> Subscription:
    return decrypting.subscribe(served.app.extensions["ledvei"].keyring.vapid_public)


@pytest.fixture
def member(served: Served, language: str) -> PersonCard:
    """Somebody who is reminded at any hour: the test runs at any hour."""
    service = a_service()
    a_person(Role.SUPERVISOR, service=service, name="Ragnhild")
    person = a_person(service=service, name="Ingvild", language=language)
    actions.choose_quiet_hours(actor_of(person), False, now=datetime.now(UTC))
    return person


@pytest.fixture
def session(served: Served, member: PersonCard) -> Session:
    """In twenty-four hours, so that one is asked to prepare at once."""
    now = datetime.now(UTC)
    supervisor = a_person(Role.SUPERVISOR, name="Torunn")
    series = a_series(supervisor, [member], now=now, start=now.date() + timedelta(days=60))
    return a_session(series, starts_at=now + timedelta(hours=24), now=now)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The browser's folder."""
    return tmp_path / "profile"


@pytest.fixture
def blocked(profile: Path, served: Served) -> None:
    """Somebody has said no in this browser."""
    exceptions = {"notifications": {f"{served.address},*": {"setting": 2}}}
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps({"profile": {"content_settings": {"exceptions": exceptions}}}))


@pytest.fixture
def browser(
    playwright: Playwright, served: Served, member: PersonCard, subscription: Subscription, profile: Path
) -> Iterator[BrowserContext]:
    """A phone's browser in which the participant is signed in, and nothing more."""
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        args=CHROMIUM_ARGUMENTS,
        viewport={"width": 360, "height": 640},
        timezone_id="Europe/Oslo",
    )
    context.set_default_timeout(20_000)
    context.add_cookies([served.cookie_of(member)])  # type: ignore[list-item]
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    sent = json.dumps({"endpoint": subscription.endpoint, "expirationTime": None, "keys": keys})
    own = OWN_PUSH_SERVICE.replace("SUBSCRIPTION", sent)
    context.add_init_script(f"if (globalThis.PushManager) {{ {own} }}")
    yield context
    context.close()


@pytest.fixture
def word(language: str) -> Callable[..., str]:
    def say(message: str, **values: Any) -> str:
        with speaking(language):
            return gettext(message, **values)

    return say


def set_up(context: BrowserContext, served: Served, language: str) -> Page:
    """Through the first steps, to the question about reminders."""
    page = context.pages[0]
    page.goto(f"{served.address}/{language}/welcome?step=2")
    for name in ("passphrase", "again"):
        page.locator(f"[name={name}]").fill(PASSPHRASE)
    page.locator("[data-step] button[type=submit]").click()
    page.locator("[data-reminders] [data-list]").wait_for(state="attached")
    return page


def deliver_due(app: Flask) -> None:
    """What the worker does each minute; on a thread of its own, since Playwright has this event loop."""

    def deliver() -> None:
        with app.app_context():
            delivery.deliver_due(datetime.now(UTC))

    with ThreadPoolExecutor(1) as worker:
        worker.submit(deliver).result(30)
    db.session.rollback()
    db.session.expire_all()


def standing(page: Page, name: str) -> Any:
    return page.locator(f"[data-standing={name}]")


def subscriptions() -> list[str]:
    return list(db.session.scalars(select(PushSubscription.endpoint)))


def notifications(page: Page) -> list[dict[str, Any]]:
    """What the worker shows."""
    script = """async () => {
      const registration = await navigator.serviceWorker.ready
      const shown = await registration.getNotifications()
      return shown.map(({ title, body, lang, tag, data }) => ({ title, body, lang, tag, data }))
    }"""
    return list(page.evaluate(script))


def push(page: Page, origin: str, message: str) -> list[dict[str, Any]]:
    """Hand a message to the worker, as the browser does when one has come. Answers what is shown then.

    Chromium now and then loses one that is handed over in this way, so it is handed over again: it has a tag.
    """
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    devtools = page.context.new_cdp_session(page)
    registrations: list[str] = []

    def note(event: dict[str, Any]) -> None:
        registrations.extend(
            entry["registrationId"] for entry in event["registrations"] if not entry["isDeleted"]
        )

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    devtools.send("ServiceWorker.enable")
    page.wait_for_timeout(300)
    for _attempt in range(5):
        sent = {"origin": origin, "registrationId": registrations[-1], "data": message}
        devtools.send("ServiceWorker.deliverPushMessage", sent)
        for _wait in range(30):
            if shown := notifications(page):
                return shown
            page.wait_for_timeout(100)
    raise AssertionError("the worker showed nothing")


def test_a_reminder_is_allowed_sent_decrypted_shown_and_opens_its_page(
    served: Served,
    browser: BrowserContext,
    decrypting: DecryptingPushService,
    subscription: Subscription,
    session: Session,
    language: str,
    word: Callable[..., str],
) -> None:
    browser.grant_permissions(["notifications"], origin=served.address)
    page = set_up(browser, served, language)
    expect(standing(page, "ask")).to_be_visible()
    assert subscriptions() == []
    page.get_by_role("button", name=word("Remind me on this device")).click()
    expect(standing(page, "on")).to_be_visible()
    assert subscriptions() == [subscription.endpoint]

    deliver_due(served.app)
    (message,) = decrypting.messages(subscription)
    assert message["notification"]["lang"] == language

    page.evaluate("() => { globalThis.isTheSamePage = true }")
    (shown,) = push(page, served.address, json.dumps(message))
    assert shown["body"] == word("Would you like to prepare?")
    assert shown["title"] == message["notification"]["title"]
    assert shown["lang"] == language

    path = f"/{language}/supervision/{session.id}/prepare"
    assert shown["data"] == {"path": path}
    worker = browser.service_workers[0]
    click = """async () => {
      const [notification] = await registration.getNotifications()
      dispatchEvent(new NotificationEvent('notificationclick', { notification }))
    }"""
    worker.evaluate(click)
    page.wait_for_url(f"**{path}")
    assert page.evaluate("() => globalThis.isTheSamePage"), "the page was loaded anew, and is locked now"
    page.wait_for_timeout(300)
    assert notifications(page) == []


def test_the_same_reminder_is_listed_in_the_app(
    served: Served, browser: BrowserContext, session: Session, language: str, word: Callable[..., str]
) -> None:
    deliver_due(served.app)
    page = set_up(browser, served, language)
    item = page.locator("[data-reminders] [data-list] a")
    expect(item).to_have_count(1)
    expect(item).to_contain_text(word("Prepare for supervision"))
    assert item.get_attribute("href") == f"/{language}/supervision/{session.id}/prepare"


def test_a_browser_that_has_blocked_reminders_shows_how_to_let_them_through(
    served: Served, blocked: None, browser: BrowserContext, language: str, word: Callable[..., str]
) -> None:
    page = set_up(browser, served, language)
    expect(standing(page, "denied")).to_be_visible()
    expect(page.locator("[data-browser=chrome]")).to_be_visible()
    assert page.locator("[data-browser]:visible").count() == 1
    browser.grant_permissions(["notifications"], origin=served.address)
    page.get_by_role("button", name=word("I have done it")).click()
    expect(standing(page, "ask")).to_be_visible()


def test_stopping_on_a_device_forgets_its_address(
    served: Served, browser: BrowserContext, language: str, word: Callable[..., str]
) -> None:
    browser.grant_permissions(["notifications"], origin=served.address)
    page = set_up(browser, served, language)
    page.get_by_role("button", name=word("Remind me on this device")).click()
    expect(standing(page, "on")).to_be_visible()
    page.get_by_role("button", name=word("Stop on this device")).click()
    expect(standing(page, "ask")).to_be_visible()
    assert subscriptions() == []


def test_a_push_nobody_can_read_is_shown_all_the_same(
    served: Served, browser: BrowserContext, language: str
) -> None:
    browser.grant_permissions(["notifications"], origin=served.address)
    page = set_up(browser, served, language)
    (shown,) = push(page, served.address, "not ours")
    assert (shown["title"], shown["data"]) == ("Ledvei", {"path": "/"})
