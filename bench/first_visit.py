"""A first visit on a phone: what comes over the line, Lighthouse's mobile settings, the server's memory.

The real server with the demo service, a browser that was never here, and a proxy between them that counts.
The pages are those that everybody meets first: sign-in, and the first of the three first steps.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench._demo import Demo, demo_served
from bench._report import Figure, report
from tests.support.counting_proxy import Line, counting_proxy
from tests.support.engines import CHROMIUM, ROOT, Chromium
from tests.support.first_visit import is_kept, until_usable

PHONE = (360, 640)
PAGES = {"sign-in": "/sign-in", "welcome": "/nb/welcome"}
TRIES = 3  # now and then its Chromium does not come up
SCORES = ("performance", "accessibility", "best-practices")
RUNS = 3  # of Lighthouse for each page; the median of each figure is told
PASSPHRASE = "havre kost spett fjell"  # noqa: S105 – of an invented person
SLOWER = 4  # times: a phone of the middle kind, as Lighthouse has it
# Listens from now on: afterwards the browser tells only of what took longer than 104 ms.
LISTEN = """() => {
  globalThis.slowest = 0
  const note = (list) => {
    for (const { duration } of list.getEntries()) slowest = Math.max(slowest, duration)
  }
  new PerformanceObserver(note).observe({ type: 'event', durationThreshold: 16 })
}"""


def main() -> None:
    with demo_served() as demo:
        figures = [*on_the_line(demo), *in_lighthouse(demo), memory(demo)]
    report("first_visit", figures)


def on_the_line(demo: Demo) -> list[Figure]:
    port = int(demo.served.address.rpartition(":")[2])
    with (
        tempfile.TemporaryDirectory() as profile,
        counting_proxy(port) as line,
        sync_playwright() as playwright,
    ):
        phone = Chromium(Path(profile), PHONE, playwright)
        phone.start()
        phone.goto(f"{line.address}/sign-in")
        phone.goto(demo.link("caseworker", line.address))
        phone.page.locator("[data-step] h1").wait_for()
        while not is_kept(phone):
            time.sleep(0.1)
        first, everything = until_usable(line), Line(line.address, exchanges=list(line.exchanges))
        answer = slowest_answer(phone)
        phone.stop()
    return [*of_the_line(first, everything), answer]


def of_the_line(first: Line, everything: Line) -> list[Figure]:
    kinds = [
        Figure(f"  of it {kind}, {count} requests", size / 1000, "kB")
        for kind, (count, size) in everything.by_kind().items()
    ]
    return [
        kilobytes("to the first use", first.size, 50, peer="PouchDB alone is 43 kB; fonts of CHT over 1 MB"),
        Figure("requests to the first use", len(first.exchanges), ""),
        kilobytes("everything, kept for days off-line", everything.size, 150),
        *kinds,
    ]


def kilobytes(name: str, size: int, limit: int, peer: str = "") -> Figure:
    return Figure(name, size / 1000, "kB", f"≤ {limit} kB", size <= limit * 1000, peer)


def slowest_answer(phone: Chromium) -> Figure:
    """In the first steps with a slow processor: the longest wait for an answer to a press (INP)."""
    page = phone.page
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.evaluate(LISTEN)
    page.locator("[data-next]").click()
    page.locator("[data-other-words]").click()
    page.locator("[name=passphrase]").press_sequentially(PASSPHRASE)
    page.locator("[name=again]").press_sequentially(PASSPHRASE)
    page.locator("[data-show]").click()
    page.wait_for_timeout(500)
    slowest = float(page.evaluate("() => slowest"))
    return Figure("slowest answer to a press, 4× slower", slowest, "ms", "< 100 ms", slowest < 100)


def in_lighthouse(demo: Demo) -> list[Figure]:
    figures: list[Figure] = []
    for name, path in PAGES.items():
        runs = [lighthouse(demo.served.address + path) for _ in range(RUNS)]
        figures += [score(name, kind, runs) for kind in SCORES]
        paint = middle(audit(run, "largest-contentful-paint") / 1000 for run in runs)
        shift = middle(audit(run, "cumulative-layout-shift") for run in runs)
        blocked = middle(audit(run, "total-blocking-time") for run in runs)
        figures += [
            Figure(f"{name}: largest paint (LCP)", paint, "s", "< 1.0 s", paint < 1.0),
            Figure(f"{name}: shift of the layout (CLS)", shift, "", "0", shift == 0),
            Figure(f"{name}: blocked (TBT)", blocked, "ms"),
        ]
    return figures


def lighthouse(address: str) -> dict[str, Any]:
    """One run with Lighthouse's own mobile settings: a slow line and a processor four times slower."""
    command = [
        "node_modules/.bin/lighthouse",
        address,
        "--output=json",
        "--quiet",
        f"--only-categories={','.join(SCORES)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    for _ in range(TRIES):
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode == 0:
            return dict(json.loads(ended.stdout))
    raise SystemExit(ended.stderr)


def score(name: str, kind: str, runs: list[dict[str, Any]]) -> Figure:
    found = middle(100 * run["categories"][kind]["score"] for run in runs)
    missed = sorted({audit for run in runs for audit in missed_in(run, kind)})
    return Figure(f"{name}: {kind}", found, "", "100", found == 100, ", ".join(missed) if found < 100 else "")


def missed_in(run: dict[str, Any], kind: str) -> Iterator[str]:
    """The audits that cost something."""
    for reference in run["categories"][kind]["auditRefs"]:
        if reference["weight"] and run["audits"][reference["id"]]["score"] not in {None, 1}:
            yield str(reference["id"])


def audit(run: dict[str, Any], name: str) -> float:
    return float(run["audits"][name]["numericValue"])


def middle(values: Iterable[float]) -> float:
    return float(statistics.median(values))


def memory(demo: Demo) -> Figure:
    """After all the visits above."""
    held = demo.resident_memory()
    return Figure("memory of the server, its worker inside", held, "MB", "< 256 MB", held < 256)


if __name__ == "__main__":
    main()
