"""Record what this version's device sends, once for each released version of the protocol or the device.

    python -m tests.shared.protocol.record FOLDER

serves the service of `1/world.json` from an empty database and lets the device's own scripts (record.mjs
beside this file) work with it. FOLDER/requests.json then has every request as it was sent, and the results
that the server of that day gave; FOLDER/entries.json has what became of it all. What has been recorded is
never recorded again: old devices exist.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import time_machine
from flask import Flask, request
from werkzeug.serving import make_server

from ledvei_pwa import create_app
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.key_files import ensure_keys
from ledvei_pwa.platform.keyring import base64url
from ledvei_pwa.settings import Settings
from tests.support import recorded

SCRIPT = Path(__file__).with_name("record.mjs")


def main(folder: Path) -> None:
    world = recorded.read(1, "world.json")
    with tempfile.TemporaryDirectory() as instance:
        app = an_app(Path(instance))
        # The moments that a device is told come back in what it sends: they are the tests'.
        with (
            time_machine.travel(recorded.AT, tick=False),
            app.app_context(),
            recorded.with_keys_of(app.extensions["ledvei"], world),
        ):
            db.create_all()
            recorded.fill(world)
            exchanges = listen(app)
            run(app, world)
            db.session.expire_all()
            write(folder / "requests.json", exchanges)
            write(folder / "entries.json", recorded.entries())


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def an_app(instance: Path) -> Flask:
    ensure_keys(instance / "keys")
    url = f"sqlite:///{instance}/ledvei.sqlite3"
    return create_app(
        Settings(
            instance_path=instance, database_url=url, base_url="http://localhost", testing=True, build="1"
        )
    )


def listen(app: Flask) -> list[dict[str, object]]:
    exchanges: list[dict[str, object]] = []
    app.before_request(lambda: request.get_data() and None)  # kept, to be read again afterwards

    @app.after_request
    def note(response):  # type: ignore[no-untyped-def]
        if request.path == "/api/v1/sync":
            results = [
                {name: result[name] for name in ("id", "result", "reason", "revision") if name in result}
                for result in response.get_json()["results"]
            ]
            exchanges.append({"request": json.loads(request.get_data()), "results": results})
        return response

    return exchanges


def run(app: Flask, world: dict[str, object]) -> None:
    server = make_server("localhost", 0, app, threaded=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cookies = {}
    for device in world["devices"]:  # type: ignore[attr-defined]
        client = recorded.browser_of(app.test_client(), device)
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        cookies[device["id"]] = f"{cookie.key}={cookie.value}"
    keys = app.extensions["ledvei"].keyring
    given = {
        "address": f"http://localhost:{server.port}",
        "cookies": cookies,
        "world": world,
        "public": base64url(keys.sealing_public),
    }
    subprocess.run(["node", SCRIPT], input=json.dumps(given), text=True, check=True)
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
