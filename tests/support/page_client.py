"""A test client that looks at every page it fetches, so that no test needs to remember to.

Each HTML answer is parsed strictly and must have: a language, a title, one `h1`, unique ids, a name for each
control, no inline script or style, the security headers, nothing for a cache to keep, and static files that
are there.
"""

from __future__ import annotations

import gzip
import re
from contextvars import Context
from functools import lru_cache
from typing import Any, Final
from xml.etree.ElementTree import Element

import brotli
import html5lib
from babel.messages.pofile import read_po
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledvei_pwa.platform.assets import FOR_EVER, STATIC, find_folder
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.i18n import LANGUAGES

NAMELESS: Final = {"hidden", "submit", "button", "reset", "image"}
EXPECTED_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'"  # of a file that is kept
HEAVIEST_PAGE: Final = 200_000  # bytes before compression


@lru_cache(maxsize=4)
def parsed(html: str) -> Element:
    """Read alone, never changed: a page that has just been checked need not be parsed again to be asked."""
    root: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    return root


class Page:
    """A parsed page with the questions that tests ask."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.root: Element = parsed(html)

    def all(self, tag: str) -> list[Element]:
        return list(self.root.iter(tag))

    def text(self) -> str:
        """All that is read on the page, with single spaces."""
        body = self.root.find("body")
        return squeeze("" if body is None else "".join(body.itertext()))

    @property
    def title(self) -> str:
        return squeeze("".join(text for title in self.all("title") for text in title.itertext()))

    @property
    def heading(self) -> str:
        return squeeze("".join(text for heading in self.all("h1") for text in heading.itertext()))

    def links(self) -> dict[str, str]:
        """Address by link text."""
        return {squeeze("".join(link.itertext())): link.get("href", "") for link in self.all("a")}

    def actions(self) -> list[str]:
        """Where the forms are sent."""
        return [form.get("action", "") for form in self.all("form")]

    def field(self, name: str) -> Element:
        for tag in ("input", "select", "textarea", "button"):
            for control in self.root.iter(tag):
                if control.get("name") == name:
                    return control
        raise AssertionError(f"the page has no field {name!r}")

    def value(self, name: str) -> str:
        return self.field(name).get("value", "")


class PageClient(FlaskClient):
    """`client.get("/…")` as Flask's, `client.page("/…")` when the answer must be a page."""

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        super().__init__(app, app.response_class, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Each request has an app context and a database session of its own, as it will have in the world."""
        kwargs.setdefault("buffered", True)  # reads a static file to its end, and closes it
        response = Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.expire_all()  # what the test holds may have been changed by the request
        if response.mimetype == "text/html" and response.status_code not in range(300, 400):
            check_page(response)
        return response

    def page(self, address: str, *, status: int = 200, **kwargs: Any) -> Page:
        """Get a page, following redirects; the status must be the expected one."""
        response = self.get(address, follow_redirects=True, **kwargs)
        assert response.status_code == status, f"{address} answered {response.status}, not {status}"
        return Page(html_of(response))

    def send(self, address: str, *, page: str | None = None, **fields: Any) -> TestResponse:
        """Post a form as a browser does: with the hidden fields of the page it stands on, here by default."""
        shown = self.page(page or address)
        hidden = {
            field.get("name", ""): field.get("value", "") for field in shown.all("input") if is_hidden(field)
        }
        return self.post(address, data={**hidden, **fields})


def without_what_is_random(html: str) -> str:
    """A page, less the forms' tokens and what passkeys are asked: those are other ones each time."""
    return re.sub(r'(name="csrf_token"[^>]*value|data-asked)="[^"]*"', "", html)


def html_of(response: TestResponse) -> str:
    """What the browser reads, uncompressed."""
    content = response.get_data()
    if response.content_encoding == "br":
        content = brotli.decompress(content)
    if response.content_encoding == "gzip":
        content = gzip.decompress(content)
    return content.decode()


def check_page(response: TestResponse) -> None:
    html = html_of(response)
    page = Page(html)
    address = response.request.path
    problems = [*problems_of_page(page), *problems_of_headers(response), *problems_of_files(html)]
    if is_file_to_keep(response):
        # Opened without us: its style stands in it, and it is as long as what somebody has written.
        problems = [problem for problem in problems if problem != "inline style"]
        problems += problems_of_standing_alone(page)
    elif len(html.encode()) > HEAVIEST_PAGE:
        problems.append(f"weighs {len(html.encode())} bytes")
    assert not problems, f"{address}: " + "; ".join(problems)


def is_file_to_keep(response: TestResponse) -> bool:
    return response.headers.get("Content-Disposition", "").startswith("attachment")


def problems_of_standing_alone(page: Page) -> list[str]:
    """Whoever opens the file in ten years fetches nothing, runs nothing and is led nowhere."""
    fetching = ("script", "link", "img", "iframe", "object", "form", "a", "base")
    problems = [f"a file with <{tag}>" for tag in fetching if page.all(tag)]
    policies = [each.get("content", "") for each in page.all("meta") if each.get("http-equiv")]
    return problems if policies == [ALONE] else [*problems, f"its own policy is {policies}"]


def problems_of_page(page: Page) -> list[str]:
    problems = []
    if page.root.get("lang") not in LANGUAGES:
        problems.append(f"lang is {page.root.get('lang')!r}")
    if not page.title:
        problems.append("no title")
    problems += problems_of_headings(page)
    problems += problems_of_ids(page)
    problems += [
        f"{name_of(control)} has no label" for control in controls(page) if not is_named(control, page)
    ]
    problems += problems_of_policy(page)
    problems += problems_of_language(page)
    return problems


def outside_templates(page: Page) -> list[Element]:
    """What is shown at once: a shell holds its views in `<template>`, of which one at a time is used."""
    found: list[Element] = []
    pending = [page.root]
    while pending:
        element = pending.pop()
        if element.tag == "template":
            continue
        found.append(element)
        pending.extend(child for child in element if isinstance(child.tag, str))
    return found


def problems_of_headings(page: Page) -> list[str]:
    shown = [element for element in outside_templates(page) if element.tag == "h1"]
    if page.all("template"):
        return [] if len(shown) <= 1 else [f"{len(shown)} h1"]
    return [] if len(shown) == 1 else [f"{len(shown)} h1"]


def problems_of_ids(page: Page) -> list[str]:
    """Unique among what can be on the page at the same time: the page itself and one template."""
    always = ids_of(outside_templates(page))
    together = [always, *(always + ids_of(elements_of(template)) for template in page.all("template"))]
    twice = {id_ for ids in together for id_ in ids if ids.count(id_) > 1}
    return [f"id {id_!r} twice" for id_ in sorted(twice)]


def ids_of(elements: list[Element]) -> list[str]:
    return [id_ for element in elements if (id_ := element.get("id"))]


def elements_of(root: Element) -> list[Element]:
    return [element for element in root.iter() if isinstance(element.tag, str)]


def controls(page: Page) -> list[Element]:
    found = [element for tag in ("input", "select", "textarea") for element in page.root.iter(tag)]
    return [
        control
        for control in found
        if control.get("type", "text") not in NAMELESS and control.get("hidden") is None
    ]


def is_named(control: Element, page: Page) -> bool:
    if control.get("aria-label") or control.get("aria-labelledby"):
        return True
    if control.get("id") and any(label.get("for") == control.get("id") for label in page.all("label")):
        return True
    return any(control in list(label.iter()) for label in page.all("label"))


def is_hidden(control: Element) -> bool:
    return control.get("type") == "hidden" and bool(control.get("name"))


def name_of(element: Element) -> str:
    return f"<{element.tag} name={element.get('name')!r}>"


def problems_of_language(page: Page) -> list[str]:
    """Texts that stand on the page as they stand in the code, though their translation is another."""
    language = page.root.get("lang", "")
    untranslated = message_ids(language) if language in LANGUAGES else frozenset()
    shown = [
        text for element in elements_of(page.root) if element.tag != "script" for text in texts_of(element)
    ]
    return [f"{text!r} is not translated" for text in shown if text in untranslated]


@lru_cache
def message_ids(language: str) -> frozenset[str]:
    with (find_folder("translations") / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file)
    texts = {message.id: message.string for message in catalog if message.id and isinstance(message.id, str)}
    # "no" is English for "nei" and nynorsk for "now".
    return frozenset(texts) - frozenset(texts.values())


def texts_of(element: Element) -> list[str]:
    spoken = (element.get(name) or "" for name in ("aria-label", "placeholder", "title", "alt"))
    return [squeeze(text) for text in (element.text or "", element.tail or "", *spoken)]


def problems_of_policy(page: Page) -> list[str]:
    """What the content security policy would refuse, found here rather than in somebody's browser."""
    problems = []
    for script in page.all("script"):
        inert = script.get("type") == "application/json"
        if not script.get("src") and not inert:
            problems.append("inline script")
    if page.all("style") or any(element.get("style") is not None for element in elements_of(page.root)):
        problems.append("inline style")
    for element in elements_of(page.root):
        problems += [f"{name} on <{element.tag}>" for name in element.attrib if name.startswith("on")]
    return problems


def problems_of_headers(response: TestResponse) -> list[str]:
    is_of_one_build = response.request.path.startswith("/static/") and response.status_code == 200
    of_one_build = {"Cache-Control": FOR_EVER} if is_of_one_build else {}
    problems = [
        f"{name} is {response.headers.get(name)!r}"
        for name, value in {**EXPECTED_HEADERS, **of_one_build}.items()
        if response.headers.get(name) != value
    ]
    policy = response.headers.get("Content-Security-Policy", "")
    needed = ("default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'")
    problems += [f"the policy lacks {part}" for part in needed if part not in policy]
    if "unsafe-" in policy:
        problems.append("the policy allows something unsafe")
    return problems


def problems_of_files(html: str) -> list[str]:
    """Static files named on the page must exist; `vendor/` is built and `views/` rendered."""
    named = set(re.findall(r"/static/[0-9a-f]+/([^\"'#?\s]+)", html))
    return [
        f"{path} does not exist"
        for path in sorted(named)
        if not (path.startswith(("vendor/", "views/")) or exists(path))
    ]


def exists(path: str) -> bool:
    return (STATIC / path).is_file()


def squeeze(text: str) -> str:
    return " ".join(text.split())
