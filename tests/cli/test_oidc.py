"""`ledvei oidc`, with a real provider on this machine."""

from __future__ import annotations

import json

import pytest

from tests.support.installed import Here
from tests.support.openid_provider import running_provider

pytestmark = pytest.mark.one_database


def test_a_provider_is_set_shown_and_taken_away_and_its_secret_never_printed(installed: Here) -> None:
    assert "has no provider" in installed.run("oidc", "show").output
    with running_provider() as running:
        given = ("--name", "Kommunen", "--issuer", running.issuer, "--client-id", "ledvei", "--acr", "high")
        refused = installed.run("oidc", "set", *given)
        assert refused.exit_code == 1
        assert "--new-key" in refused.stderr
        made = installed.run("oidc", "set", *given, "--new-key")
    assert made.exit_code == 0, made.stderr
    shown = installed.run("oidc", "show").output
    assert "acr is one of: high" in shown
    assert "/back" in shown
    public = json.loads(next(line for line in shown.splitlines() if line.strip().startswith("{")))
    assert public["kty"] == "RSA"
    assert "d" not in public
    assert "PRIVATE" not in shown + made.output
    assert "no provider any more" in installed.run("oidc", "remove").output
    assert installed.run("oidc", "remove").exit_code == 1


def test_an_address_inside_the_network_is_refused(installed: Here) -> None:
    given = ("--name", "X", "--issuer", "https://10.0.0.1", "--client-id", "ledvei", "--new-key")
    refused = installed.run("oidc", "set", *given)
    assert refused.exit_code == 1
    assert "open internet" in refused.stderr
