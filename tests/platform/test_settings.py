"""Settings: read from the environment, refused when they would put texts at risk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledvei_pwa.settings import Settings, UnsafeSettings

pytestmark = pytest.mark.one_database


def test_without_an_environment_it_serves_this_machine_from_a_local_file() -> None:
    settings = Settings.from_environment({})
    assert settings.host == "127.0.0.1"
    assert settings.base_url == "http://localhost:8000"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.instance_path == Path("instance").absolute()


def test_host_and_port_are_honoured() -> None:
    settings = Settings.from_environment({"HOST": "0.0.0.0", "PORT": "9000"})  # noqa: S104 — what a container asks for
    assert (settings.host, settings.port, settings.base_url) == ("0.0.0.0", 9000, "http://localhost:9000")  # noqa: S104


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_address_gets_the_driver_we_install(scheme: str) -> None:
    settings = Settings.from_environment({"LEDVEI_DATABASE_URL": f"{scheme}://ledvei@db/ledvei"})
    assert settings.database_url == "postgresql+psycopg://ledvei@db/ledvei"


@pytest.mark.parametrize(
    "environment",
    [
        {"LEDVEI_BASE_URL": "http://ledvei.example"},
        {"LEDVEI_BASE_URL": "ledvei.example"},
        {"LEDVEI_BASE_URL": "http://192.168.1.10"},
        {"LEDVEI_BASE_URL": "http://localhost.example"},
        {"LEDVEI_DATABASE_URL": "mysql://ledvei@db/ledvei"},
        {"LEDVEI_RATE_LIMITS": "no"},
        {"PORT": "0"},
        {"PORT": "65536"},
        {"PORT": "eighty"},
        {"LEDVEI_PROXIES": "-1"},
        {"LEDVEI_PROXIES": "many"},
    ],
)
def test_unsafe_or_meaningless_settings_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(UnsafeSettings):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    "address", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "https://a.example"]
)
def test_safe_addresses_are_accepted(address: str) -> None:
    assert Settings.from_environment({"LEDVEI_BASE_URL": address}).base_url == address


def test_only_an_https_address_means_https() -> None:
    assert Settings.from_environment({"LEDVEI_BASE_URL": "https://a.example/"}).https
    assert not Settings.from_environment({}).https
