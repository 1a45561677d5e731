"""Ledvei: supervision in Norwegian child welfare, on the phone, with or without a network."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ledvei_pwa.platform import assets, errors, headers, i18n
from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.keyring import load_keyring
from ledvei_pwa.platform.registry import House
from ledvei_pwa.settings import Settings

LARGEST_REQUEST = 2 * 1024 * 1024  # bytes; a phone's whole outbox after weeks off-line is far below


def create_app(settings: Settings | None = None) -> Flask:
    """The app, ready to serve. Raises `UnsafeSettings`, `KeyringProblem` or `LanguageBroken` instead of starting."""
    settings = settings or Settings.from_environment()
    app = Flask(__name__, instance_path=str(settings.instance_path), static_folder=None)
    house = House(app, settings, load_keyring(settings.keys_path))
    app.extensions["ledvei"] = house
    for step in (
        configure,
        connect_database,
        speak_languages,
        keep_sessions,
        protect_answers,
        answer_errors,
        serve_assets,
        add_features,
        add_sync,
        add_shell,
        schedule_jobs,
        answer_for_health,
    ):
        step(house)
    return app


def configure(house: House) -> None:
    house.app.config.update(
        SECRET_KEY=house.keyring.secret_key,
        TESTING=house.settings.testing,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SQLALCHEMY_DATABASE_URI=house.settings.database_url,
        WTF_I18N_ENABLED=False,  # Flask-WTF looks for flask-babel; our forms speak through platform/i18n.py
    )
    if hops := house.settings.proxies:
        house.app.wsgi_app = ProxyFix(house.app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    house.app.jinja_env.trim_blocks = True
    house.app.jinja_env.lstrip_blocks = True


def connect_database(house: House) -> None:
    db.init_app(house.app)


def speak_languages(house: House) -> None:
    i18n.init_app(house.app, person=language_of_actor)


def language_of_actor() -> str | None:
    sessions = landed("ledvei_pwa.platform.sessions")
    actor = sessions.current_actor() if sessions else None
    return actor.language if actor else None


def keep_sessions(house: House) -> None:
    if sessions := landed("ledvei_pwa.platform.sessions"):
        sessions.init_app(house.app, house.settings)


def protect_answers(house: House) -> None:
    headers.init_app(house.app)


def answer_errors(house: House) -> None:
    errors.init_app(house.app)


def serve_assets(house: House) -> None:
    assets.init_app(house.app, headers.protect_static)


def add_features(house: House) -> None:
    from ledvei_pwa.features import FEATURES

    for name in FEATURES:
        feature = landed(f"ledvei_pwa.features.{name}")
        landed(f"ledvei_pwa.features.{name}.records")
        if feature and hasattr(feature, "register"):
            feature.register(house)


def add_sync(house: House) -> None:
    if (sync := landed("ledvei_pwa.sync")) and hasattr(sync, "register"):
        sync.register(house)


def add_shell(house: House) -> None:
    if (shell := landed("ledvei_pwa.shell")) and hasattr(shell, "register"):
        shell.register(house)


def schedule_jobs(house: House) -> None:
    if jobs := landed("ledvei_pwa.platform.jobs"):
        jobs.init_app(house.app)


def answer_for_health(house: House) -> None:
    if health := landed("ledvei_pwa.platform.health"):
        health.init_app(house.app)


def landed(name: str) -> ModuleType | None:
    """While the house is being built: a part that is not there yet is passed over."""
    try:
        return import_module(name) if find_spec(name) else None
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("ledvei_pwa"):
            return None
        raise
