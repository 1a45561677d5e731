"""Ledvei: supervision in Norwegian child welfare, on the phone, with or without a network."""

from __future__ import annotations

import sys
from typing import Final

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ledvei_pwa import features, shell, sync
from ledvei_pwa.features.people.actions import language_of_only_service
from ledvei_pwa.platform import (
    assets,
    backups,
    errors,
    headers,
    health,
    i18n,
    jobs,
    new_keys,
    rates,
    sessions,
)
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import load_keyring
from ledvei_pwa.platform.registry import House
from ledvei_pwa.settings import Settings

LARGEST_REQUEST: Final = 2 * 1024 * 1024  # bytes; a phone's whole outbox after weeks off-line is far below


def create_app(settings: Settings | None = None) -> Flask:
    """The app, ready to serve. Raises `UnsafeSettings`, `KeyringProblem` or `LanguageBroken` otherwise."""
    settings = settings or Settings.from_environment()
    # What is logged goes where errors go: what a command prints may be read by another program.
    structlog.configure(
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        processors=[
            errors.on_one_line,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
    app = Flask(__name__, instance_path=str(settings.instance_path), static_folder=None)
    house = House(app, settings, load_keyring(settings.keys_path))
    app.extensions["ledvei"] = house
    for step in (
        configure,
        connect_database,
        speak_languages,
        keep_sessions,
        limit_rates,
        protect_answers,
        serve_assets,
        features.register_features,
        sync.register,
        shell.register,
        schedule_jobs,
    ):
        step(house)
    return app


def configure(house: House) -> None:
    house.app.config.update(
        SECRET_KEY=house.keyring.signing_key,
        TESTING=house.settings.testing,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SQLALCHEMY_DATABASE_URI=house.settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},  # an error must not quote what people wrote
        WTF_I18N_ENABLED=False,  # Flask-WTF looks for flask-babel; our forms speak through platform/i18n.py
    )
    house.app.jinja_env.trim_blocks = True
    house.app.jinja_env.lstrip_blocks = True
    if hops := house.settings.proxies:
        house.app.wsgi_app = ProxyFix(house.app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]


def connect_database(house: House) -> None:
    db.init_app(house.app)


def speak_languages(house: House) -> None:
    i18n.init_app(house.app, person=language_of_actor, service=language_of_only_service)


def language_of_actor() -> str | None:
    actor = sessions.current_actor()
    return actor.language if actor else None


def keep_sessions(house: House) -> None:
    sessions.init_app(house.app, house.settings)


def limit_rates(house: House) -> None:
    rates.init_app(house.app, house.settings)


def protect_answers(house: House) -> None:
    headers.init_app(house.app)
    errors.init_app(house.app)


def serve_assets(house: House) -> None:
    secure = house.settings.https
    assets.init_app(house.app, headers.protect_static_over_https if secure else headers.protect_static)


def schedule_jobs(house: House) -> None:
    """After all features have said what they want done; `/healthz` tells whether anybody does it."""
    house.job("new_keys", new_keys.go_on, every_minutes=5)
    house.job("backup", backups.back_up_when_due, every_minutes=30)
    jobs.init_app(house.app)
    backups.init_app(house.app)
    health.init_app(house.app)
