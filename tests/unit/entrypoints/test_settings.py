"""Настройки: откуда берутся и какие переменные к ним не относятся."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from entrypoints.settings import (
    Settings,
    given_settings,
    ignored_variables,
    load_settings,
)
from entrypoints.shown_settings import shown_settings
from tests.support.kubernetes import service_variables

pytestmark = pytest.mark.usefixtures("folder")


def test_defaults() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == (("127.0.0.1",), 3001, 1)
    assert settings.database_url is None
    assert settings.cors_origins == ("*",)
    assert (settings.log_level, settings.log_format, settings.log_sql) == ("INFO", "auto", True)
    assert settings.auto_migrate


def test_environment_wins_over_dotenv_and_dotenv_over_toml(folder: Path) -> None:
    (folder / "crm-api.toml").write_text('port = 1\nhost = "toml"\nworkers = 2\n')
    (folder / ".env").write_text("CRM_PORT=2\nCRM_HOST=dotenv\nOTHER=x\n")
    settings = load_settings({"CRM_PORT": "3"})
    assert (settings.port, settings.host, settings.workers) == (3, ("dotenv",), 2)


def test_settings_file_is_named_by_a_variable(folder: Path) -> None:
    (folder / "other.toml").write_text('cors_origins = ["https://a.example"]\nlog_sql = false\n')
    settings = load_settings({"CRM_SETTINGS": str(folder / "other.toml")})
    assert settings.cors_origins == ("https://a.example",)
    assert not settings.log_sql


def test_origins_are_separated_by_commas() -> None:
    settings = load_settings({"CRM_CORS_ORIGINS": "https://a.example, HTTPS://B.example/"})
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("given", "shown"), [("30/minute", "30/minute"), (" 1 per Hour", "1/hour")]
)
def test_rate_is_shown_as_it_is_set(given: str, shown: str) -> None:
    assert str(load_settings({"CRM_RATE_LIMIT": given}).rate_limit) == shown


def test_trusted_proxies_are_networks_and_single_addresses() -> None:
    variables = {"CRM_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}
    assert load_settings(variables).trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    found = shown_settings(given_settings(variables))
    [shown] = [one for one in found if one.name == "CRM_TRUSTED_PROXIES"]
    assert shown.value == "10.0.0.0/8,::1/128"


def test_empty_variable_is_an_unset_one() -> None:
    assert load_settings({"CRM_DATABASE_URL": "", "CRM_PORT": ""}) == Settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:a?b:c%40%2F@h:1,k:2/d?application_name=a@b",
        "postgres:///d?user=u@h",
        "host=h dbname=d@e password=a@/b",
        "host=/run/a_folder_with_a_name_that_is_longer_than_a_label_of_a_domain_name_may_be",
    ],
)
def test_signs_in_their_place_are_no_fault_of_the_address(url: str) -> None:
    assert load_settings({"CRM_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.shop.example", "https://api.shop.example"),
        ("https://api.shop.example/", "https://api.shop.example"),
        ("http://[::1]:3001/crm/v1/", "http://[::1]:3001/crm/v1"),
    ],
)
def test_public_url_is_kept_without_a_slash_at_the_end(given: str, kept: str) -> None:
    assert load_settings({"CRM_PUBLIC_URL": given}).public_url == kept


def test_several_addresses_to_listen_on_are_named_in_one_setting(folder: Path) -> None:
    assert load_settings({"CRM_HOST": "::1, 127.0.0.1,::1"}).host == ("::1", "127.0.0.1")
    (folder / "crm-api.toml").write_text('host = ["::1", "127.0.0.1"]\n')
    assert load_settings({}).host == ("::1", "127.0.0.1")


def test_several_hosts_are_a_database_url() -> None:
    url = "postgresql://u:p@a:5432,b:5432/crm?target_session_attrs=read-write"
    assert load_settings({"CRM_DATABASE_URL": url}).database_url == url


def test_memory_is_a_database_url() -> None:
    assert load_settings({"CRM_DATABASE_URL": "memory://"}).database_url == "memory://"


def test_variables_of_tests_and_compose_are_not_settings() -> None:
    foreign = {"CRM_TEST_DATABASE_URL": "x", "CRM_POSTGRES_VERSION": "14"}
    assert load_settings(foreign) == Settings()


@pytest.mark.parametrize("name", ["ZZZ", "TOKEN", "API_KEY", "SECRET", "USER", "ENV", "SENTRY_DSN"])
def test_variable_of_another_program_is_ignored_and_told(name: str) -> None:
    variables = {f"CRM_{name}": "1"}
    assert load_settings(variables) == Settings()
    [told] = ignored_variables(variables)
    assert told.startswith(f"CRM_{name} is not a setting")


@pytest.mark.parametrize("prefix", ["", "_API", "_DB", "_LOG", "_HOST"])
def test_variables_of_a_kubernetes_service_are_not_settings(prefix: str) -> None:
    variables = service_variables(f"CRM{prefix}")
    assert load_settings(variables) == Settings()
    assert len(ignored_variables(variables)) == (prefix == "")


def test_kubernetes_in_the_place_of_a_setting_is_one_line_with_advice() -> None:
    [told] = ignored_variables(service_variables("CRM"))
    assert told.startswith("CRM_PORT is what Kubernetes says of a Service")
    assert "enableServiceLinks: false" in told


def test_files_with_a_byte_order_mark_are_read(folder: Path) -> None:
    (folder / ".env").write_text("CRM_PORT=2\n", encoding="utf-8-sig")
    (folder / "crm-api.toml").write_text("workers = 2\n", encoding="utf-8-sig")
    settings = load_settings({})
    assert (settings.port, settings.workers) == (2, 2)


def test_empty_value_in_a_file_is_an_unset_one(folder: Path) -> None:
    (folder / "crm-api.toml").write_text('database_url = ""\n')
    assert load_settings({}) == Settings()
