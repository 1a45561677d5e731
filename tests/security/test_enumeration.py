"""Nobody learns from outside who has an account, which service they are in, or what an id means."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from ledvei_pwa.features.people import actions
from ledvei_pwa.kernel.access import Role
from ledvei_pwa.platform.database import new_id
from tests.support.page_client import PageClient, without_what_is_random
from tests.support.people import a_person, a_service, actor_of, sign_in


def seen_from_outside(client: PageClient, email: str) -> tuple[int, tuple[str, ...], str]:
    """Status, names of the headers and of the cookies set, and the page, less what is random or was typed."""
    answer = client.send("/sign-in", email=email, password="not the password")
    html = answer.get_data(as_text=True).replace(email, "")
    return answer.status_code, tuple(sorted(answer.headers.keys())), without_what_is_random(html)


def test_a_sign_in_page_does_not_tell_who_has_an_account(app: Flask, now: datetime) -> None:
    leader, closed = a_person(Role.SERVICE_LEADER), a_person()
    actions.disable_person(actor_of(leader), closed.id, now=now)
    emails = [a_person().email, closed.email, a_person(can_sign_in=False).email, "nobody@fjordvik.example"]
    assert len({seen_from_outside(PageClient(app), email) for email in emails}) == 1


def test_the_slowing_down_does_not_tell_who_has_an_account(app: Flask, now: datetime) -> None:
    emails = [a_person().email, a_person(can_sign_in=False).email, "nobody@fjordvik.example"]
    seen = []
    for email in emails:
        client = PageClient(app)
        seen.append(tuple(seen_from_outside(client, email)[0] for _ in range(7)))
    assert set(seen) == {(401,) * 5 + (429,) * 2}


@pytest.mark.parametrize("path", ["/people/{}", "/people/{}/disable", "/people/{}/invitation"])
def test_an_id_of_another_service_looks_like_one_that_nobody_has(client: PageClient, path: str) -> None:
    stranger = a_person(service=a_service("Elsewhere"))
    sign_in(client, a_person(Role.SERVICE_LEADER, service=a_service("Ours")))
    answers = {
        (
            client.get(path.format(id_)).status_code,
            client.get(path.format(id_)).get_data(as_text=True).replace(id_, ""),
        )
        for id_ in (stranger.id, new_id())
    }
    assert len(answers) == 1


def test_no_answer_about_people_names_anybody_of_another_service(client: PageClient) -> None:
    a_person(service=a_service("Elsewhere"), name="Hemmelig Navn")
    sign_in(client, a_person(Role.SERVICE_LEADER, service=a_service("Ours")))
    for address in ("/people", "/people?words=hemmelig", "/people?state=disabled", "/devices", "/service"):
        assert "Hemmelig" not in client.get(address).get_data(as_text=True).replace("words=hemmelig", ""), (
            address
        )
