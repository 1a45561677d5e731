"""The page-checking client itself: each thing it looks for, it finds."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse, run_wsgi_app
from werkzeug.wrappers import Request, Response

from ledvei_pwa.platform.headers import CONTENT_SECURITY_POLICY, EVERYWHERE
from tests.support.page_client import Page, check_page, message_ids, problems_of_page

pytestmark = pytest.mark.one_database
GOOD = '<!DOCTYPE html><html lang="{lang}"><head><title>T</title></head><body><h1>H</h1>{more}</body></html>'


def problems(more: str = "", *, lang: str = "nb", html: str = GOOD) -> list[str]:
    return problems_of_page(Page(html.replace("{lang}", lang).replace("{more}", more)))


def test_a_good_page_passes() -> None:
    assert problems('<label for="a">A</label><input id="a" name="a">') == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("<h1>Another</h1>", "2 h1"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' twice"),
        ('<input name="b">', "<input name='b'> has no label"),
        ('<textarea name="b"></textarea>', "<textarea name='b'> has no label"),
        ("<script>alert(1)</script>", "inline script"),
        ('<p style="color: red"></p>', "inline style"),
        ('<p onclick="go()"></p>', "onclick on <p>"),
    ],
)
def test_what_is_wrong_on_a_page_is_found(more: str, problem: str) -> None:
    assert problem in problems(more)


def test_a_page_in_no_language_of_ours_is_found() -> None:
    assert problems(lang="en") == ["lang is 'en'"]


def test_a_page_without_a_title_is_found() -> None:
    assert problems(html=GOOD.replace("<title>T</title>", "")) == ["no title"]


def test_the_same_id_in_two_views_is_no_problem_since_one_is_shown_at_a_time() -> None:
    assert problems('<template><p id="a"></p></template><template><p id="a"></p></template>') == []


def test_the_same_id_in_a_view_and_around_it_is_found() -> None:
    assert "id 'a' twice" in problems('<p id="a"></p><template><p id="a"></p></template>')


@pytest.mark.parametrize("lang", ["nb", "nn"])
def test_a_text_that_is_not_translated_is_found(lang: str) -> None:
    text = min(message_ids(lang))
    assert problems(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>", lang=lang) == [
        f"{text!r} is not translated"
    ]


def test_a_broken_page_is_refused() -> None:
    with pytest.raises(Exception, match=r"end tag|Unexpected|expected"):
        Page(GOOD.replace("{more}", "<p></div>"))


def answer(**headers: str) -> TestResponse:
    """A good page with good headers, but for what is given."""
    good = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store", **EVERYWHERE}
    html = GOOD.replace("{lang}", "nb").replace("{more}", "")
    response = Response(
        html, mimetype="text/html", headers={**good, **{k.replace("_", "-"): v for k, v in headers.items()}}
    )
    request = Request.from_values("/")
    return TestResponse(*run_wsgi_app(response, request.environ), request=request)


def test_good_headers_pass() -> None:
    check_page(answer())


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "public"},
        {"Content_Security_Policy": "default-src *"},
        {"Content_Security_Policy": CONTENT_SECURITY_POLICY.replace("'self'", "'self' 'unsafe-inline'")},
        {"X_Content_Type_Options": ""},
        {"Referrer_Policy": "unsafe-url"},
    ],
)
def test_weak_headers_are_found(headers: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        check_page(answer(**headers))
