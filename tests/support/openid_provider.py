"""A real OpenID provider on this machine for tests, and a browser that walks through it."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

SERVER: Final = Path(__file__).with_suffix(".mjs")


@dataclass
class RunningProvider:
    """Answers at `issuer` (http, on this machine)."""

    issuer: str
    process: subprocess.Popen[str]

    def tell(self, **changes: Any) -> None:
        """Who signs in there from now on (`person`, `acr`, `amr`), `denies`, `clients`, `newKeys`, …"""
        body = json.dumps(changes).encode()
        urllib.request.urlopen(f"{self.issuer}/control", body, timeout=20).read()

    def stop(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


@contextmanager
def running_provider() -> Iterator[RunningProvider]:
    process = subprocess.Popen(
        ["node", str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it says that it wants a newer Node
        text=True,
    )
    assert process.stdout
    provider = RunningProvider(process.stdout.readline().strip(), process)
    assert provider.issuer.startswith("http://localhost:"), "npm oidc-provider did not start"
    try:
        yield provider
    finally:
        if process.poll() is None:
            provider.stop()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_about: Any, **_more: Any) -> None:
        return None


@dataclass
class Traveller:
    """A browser at the provider: keeps its cookies, and stops where it is sent back to us."""

    jar: CookieJar = field(default_factory=lambda: CookieJar(DefaultCookiePolicy()))

    def walk(self, address: str, *, until: str) -> str:
        """The address on our side that the provider sends the browser back to."""
        opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPCookieProcessor(self.jar))
        for _step in range(12):
            if address.startswith(until):
                return address
            address = _sent_on(opener, address)
        raise AssertionError("the provider sends the browser in circles")


def _sent_on(opener: urllib.request.OpenerDirector, address: str) -> str:
    try:
        answer = opener.open(address, timeout=20)
    except urllib.error.HTTPError as sent_on:
        answer = sent_on
    text = answer.read()
    if not 300 <= answer.status < 400:
        raise AssertionError(f"{address} answered {answer.status}: {text[:2000]!r}")
    return urljoin(address, answer.headers["Location"])
