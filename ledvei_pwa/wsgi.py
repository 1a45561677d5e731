"""An app for a WSGI server, after all that could put texts at risk has been ruled out.

With gunicorn, from the source tree: `gunicorn --workers 4 wsgi:app`; from a wheel: `gunicorn --workers 4
'ledvei_pwa.wsgi:ready_app()'`. The worker is a process of its own then: `ledvei worker`.
"""

from __future__ import annotations

from flask import Flask

from ledvei_pwa import create_app
from ledvei_pwa.platform import assets
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.health import refuse_unready
from ledvei_pwa.settings import Settings


def ready_app(settings: Settings | None = None) -> Flask:
    """Raises `NotReady` and what `create_app` raises; the message says what to do."""
    settings = settings or Settings.from_environment()
    assets.publish(settings.instance_path, settings.build)
    app = create_app(settings)
    with app.app_context():
        refuse_unready()
        db.engine.dispose()  # a server that forks after this must not share connections
    return app
