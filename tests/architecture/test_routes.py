"""Every address of the app: it has a rule, reads well and changes nothing by being looked at."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ledvei_pwa.platform.sessions import access_of

pytestmark = pytest.mark.one_database
KEBAB = re.compile(r"(/([a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?|<([a-z]+(\([^)]*\))?:)?[a-z_]+>))*/?")


def routes(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def test_there_are_routes(app: Flask) -> None:
    assert len(routes(app)) > 20


def test_every_route_names_its_rule(app: Flask) -> None:
    bare = [rule.rule for rule in routes(app) if access_of(app.view_functions[rule.endpoint]) is None]
    assert bare == []


def test_a_route_without_a_rule_is_refused_to_everybody(make_app) -> None:
    app = make_app()
    app.add_url_rule("/bare", "bare", lambda: "open")
    assert app.test_client().get("/bare").status_code != 200


def test_addresses_are_in_kebab_case(app: Flask) -> None:
    assert [rule.rule for rule in routes(app) if not KEBAB.fullmatch(rule.rule)] == []


def test_no_address_has_two_meanings(app: Flask) -> None:
    seen: dict[tuple[str, str], str] = {}
    for rule in routes(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert (rule.rule, method) not in seen, (
                f"{rule.endpoint} and {seen[rule.rule, method]} share {rule.rule}"
            )
            seen[rule.rule, method] = rule.endpoint


@pytest.mark.parametrize("verb", ["delete", "remove", "disable", "revoke", "move", "end"])
def test_addresses_named_by_a_verb_are_posted_to(app: Flask, verb: str) -> None:
    """A look at an address must change nothing: a form may be shown there, but then it is posted."""
    methods: dict[str, set[str]] = defaultdict(set)
    for rule in routes(app):
        if verb in rule.rule.strip("/").split("/"):
            methods[rule.rule] |= rule.methods or set()
    assert [address for address, allowed in methods.items() if not allowed & {"POST", "DELETE"}] == []
