"""Three real browsers behind one small interface, so that one journey can be walked in each.

Chromium is driven by Playwright, Firefox ESR by WebDriver BiDi (`firefox_bridge.mjs`) and WebKitGTK by
its own WebDriver. Each keeps its profile in a folder, so that it can be closed, killed and opened again.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FIREFOX = "/usr/bin/firefox-esr"
MINIBROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
# Of several such lists the last one counts: so Playwright's own (1.65, chromiumSwitches.ts) stands here too.
# The last two would load a page for the address bar's list in each window: half of what a start costs.
DISABLED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(DISABLED)}",
]


class Engine(ABC):
    """One browser with one window. Scripts are bodies of functions over `arguments`."""

    name: str
    has_push = True

    def __init__(self, profile: Path, size: tuple[int, int] = (360, 640)) -> None:
        self.profile = profile
        self.size = size

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """Close the browser as a person would."""

    @abstractmethod
    def goto(self, url: str) -> None: ...

    @abstractmethod
    def run(self, body: str, *arguments: Any) -> Any:
        """Run a function body in the page; it may return a promise."""

    @abstractmethod
    def click(self, finder: str, *arguments: Any) -> bool:
        """Click the element the finder returns; False when it returns none."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type into whatever has the focus."""

    def fill(self, text: str) -> None:
        """All at once, where that can be done: as a password manager does."""
        self.type(text)

    @abstractmethod
    def address(self) -> str: ...

    def restart(self) -> None:
        self.stop()
        self.start()


class Chromium(Engine):
    name = "chromium"

    def __init__(self, profile: Path, size: tuple[int, int], playwright: Playwright, **options: Any) -> None:
        super().__init__(profile, size)
        self.playwright = playwright
        self.options = options
        self.arguments: list[str] = []  # more of them, at the next start
        self.page: Page
        self.errors: list[str] = []

    def start(self) -> None:
        width, height = self.size
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=CHROMIUM,
            args=[*CHROMIUM_ARGUMENTS, *self.arguments],
            viewport=ViewportSize(width=width, height=height),
            timezone_id="Europe/Oslo",
            **self.options,
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def stop(self) -> None:
        self.context.close()

    def kill(self) -> None:
        """`kill -9` on every process of this browser, as when a phone takes the memory back."""
        listed = subprocess.run(
            ["pgrep", "-f", "--", str(self.profile)], capture_output=True, text=True, check=False
        )
        for pid in listed.stdout.split():
            if int(pid) != os.getpid():
                os.kill(int(pid), signal.SIGKILL)

    def goto(self, url: str) -> None:
        self.page.goto(url, wait_until="domcontentloaded")

    def run(self, body: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(args) => (function () {{ {body} }}).apply(null, args)", list(arguments))

    def click(self, finder: str, *arguments: Any) -> bool:
        function = f"(args) => (function () {{ {finder} }}).apply(null, args)"
        element = self.page.evaluate_handle(function, list(arguments)).as_element()
        if element is None:
            return False
        element.click(timeout=5_000)
        return True

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def fill(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def address(self) -> str:
        return str(self.run("return location.href"))  # `page.url` stands still while nothing else is asked


class Firefox(Engine):
    name = "firefox"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                "node",
                str(ROOT / "tests/support/firefox_bridge.mjs"),
                FIREFOX,
                str(self.profile),
                *map(str, self.size),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TZ": "Europe/Oslo"},
        )
        self._ask("ready")

    def _ask(self, verb: str, **more: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"verb": verb, **more}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Firefox went away")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def stop(self) -> None:
        with self.process:  # closes its pipes
            self._ask("stop")

    def goto(self, url: str) -> None:
        self._ask("goto", url=url)

    def run(self, body: str, *arguments: Any) -> Any:
        return self._ask("run", body=body, arguments=arguments)

    def click(self, finder: str, *arguments: Any) -> bool:
        return bool(self._ask("click", body=finder, arguments=arguments))

    def type(self, text: str) -> None:
        self._ask("type", text=text)

    def address(self) -> str:
        return str(self._ask("address"))


class Screen:
    """A screen in memory (Xvfb), because MiniBrowser has no headless mode."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.name = f":{told.readline().strip()}"

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


class WebKit(Engine):
    name = "webkit"
    has_push = False

    def start(self) -> None:
        from selenium import webdriver
        from selenium.webdriver.webkitgtk.options import Options
        from selenium.webdriver.webkitgtk.service import Service

        self.screen = Screen()
        environment = {
            **os.environ,
            "DISPLAY": self.screen.name,
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "TZ": "Europe/Oslo",
            "HOME": str(self.profile),
            "XDG_DATA_HOME": str(self.profile / "data"),
            "XDG_CACHE_HOME": str(self.profile / "cache"),
            "XDG_CONFIG_HOME": str(self.profile / "config"),
        }
        options = Options()
        options.binary_location = MINIBROWSER
        for argument in ("--automation", f"--cookies-file={self.profile / 'cookies.txt'}"):
            options.add_argument(argument)
        with warnings.catch_warnings():  # selenium warns of its own constructor
            warnings.simplefilter("ignore", DeprecationWarning)
            self.driver = webdriver.WebKitGTK(
                options=options, service=Service("/usr/bin/WebKitWebDriver", env=environment)
            )
        self.driver.set_window_size(*self.size)

    def stop(self) -> None:
        self.driver.quit()
        self.screen.close()

    def restart(self) -> None:
        """A new page only: under automation MiniBrowser keeps its whole profile in memory."""
        self.driver.get("about:blank")

    def goto(self, url: str) -> None:
        self.driver.get(url)

    def run(self, body: str, *arguments: Any) -> Any:
        return self.driver.execute_script(body, *arguments)

    def click(self, finder: str, *arguments: Any) -> bool:
        element = self.driver.execute_script(finder, *arguments)
        if element is None:
            return False
        element.click()
        return True

    def type(self, text: str) -> None:
        self.driver.switch_to.active_element.send_keys(text)

    def address(self) -> str:
        return str(self.driver.current_url)


def new_profile(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"ledvei-{name}-"))


def remove_profile(profile: Path) -> None:
    shutil.rmtree(profile, ignore_errors=True)
