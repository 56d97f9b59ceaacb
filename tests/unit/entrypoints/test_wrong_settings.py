"""Неверные настройки: каждая — ясная строка без значений секретов."""

from pathlib import Path

import pytest

from entrypoints.settings import (
    Settings,
    SettingsError,
    ignored_variables,
    load_settings,
)

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("name", ["PORT", "LOG_LEVEL", "LOG_SQL", "CORS_ORIGINS", "WORKERS"])
def test_address_in_the_place_of_another_setting_keeps_its_password(name: str) -> None:
    with pytest.raises(SettingsError, match=f"CRM_{name} ") as caught:
        load_settings({f"CRM_{name}": "postgresql://u:topsecret@h/d"})
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CRM_PORT", "http", "CRM_PORT must be a whole number, not 'http'"),
        ("CRM_PORT", "65536", "CRM_PORT must be from 0 to 65535, not 65536"),
        ("CRM_PORT", "٣", "CRM_PORT must be a whole number"),
        ("CRM_PORT", "9" * 5000, "CRM_PORT must be a whole number"),
        ("CRM_WORKERS", "0", "CRM_WORKERS must be from 1 to 64, not 0"),
        ("CRM_LOG_SQL", "maybe", "CRM_LOG_SQL must be true or false, not 'maybe'"),
        ("CRM_LOG_LEVEL", "LOUD", "CRM_LOG_LEVEL must be one of DEBUG, INFO"),
        ("CRM_LOG_FORMAT", "xml", "CRM_LOG_FORMAT must be one of auto, console, json"),
        ("CRM_CORS_ORIGINS", "shop.example", "CRM_CORS_ORIGINS must hold origins like"),
        ("CRM_CORS_ORIGINS", ",", "CRM_CORS_ORIGINS must name at least one origin"),
        ("CRM_CORS_ORIGINS", "*,https://a.example", "CRM_CORS_ORIGINS must be either"),
        ("CRM_CORS_ORIGINS", "https://shop.example/path", "CRM_CORS_ORIGINS must hold origins"),
        ("CRM_CORS_ORIGINS", "https://магазин.рф", "CRM_CORS_ORIGINS must hold origins"),
        ("CRM_CORS_ORIGINS", "https://a.example\r\nX: 1", "CRM_CORS_ORIGINS must hold origins"),
        ("CRM_CORS_ORIGINS", "https://a.example:65536", "CRM_CORS_ORIGINS must hold origins"),
        ("CRM_CORS_ORIGINS", "https://a..example", "CRM_CORS_ORIGINS must hold origins"),
        ("CRM_PROMETHEUS_URL", "http://h:99999", "CRM_PROMETHEUS_URL must be an address like"),
        ("CRM_PROMETHEUS_URL", "http://h:0/x", "CRM_PROMETHEUS_URL must be an address like"),
        ("CRM_PUBLIC_URL", "http://[::::]", "CRM_PUBLIC_URL must be an address like"),
        ("CRM_PUBLIC_URL", "https://a..example", "CRM_PUBLIC_URL must be an address like"),
        ("CRM_WEBHOOK_URL", "http://h:99999", "CRM_WEBHOOK_URL must be an address like"),
        ("CRM_PUBLIC_URL", "shop.example", "CRM_PUBLIC_URL must be an address like"),
        ("CRM_PUBLIC_URL", "ftp://a.example", "CRM_PUBLIC_URL must be an address like"),
        ("CRM_PUBLIC_URL", "https://a.example?x", "CRM_PUBLIC_URL must be an address like"),
        (
            "CRM_PUBLIC_URL",
            "https://me:secret@a.example",
            "CRM_PUBLIC_URL must be an address like https://api.shop.example/crm, not a URL with",
        ),
        ("CRM_REVEAL_TAKEN", "nein", "CRM_REVEAL_TAKEN must be true or false"),
        ("CRM_REPEATED_HOURS", "0", "CRM_REPEATED_HOURS must be from 1 to 8760, not 0"),
        ("CRM_RATE_LIMIT", "30", "CRM_RATE_LIMIT must be a number of times a second, minute or"),
        ("CRM_RATE_LIMIT", "0/minute", "CRM_RATE_LIMIT must be a number of times"),
        ("CRM_RATE_LIMIT", "٣/minute", "CRM_RATE_LIMIT must be a number of times"),
        ("CRM_RATE_LIMIT", "30/day", "CRM_RATE_LIMIT must be a number of times"),
        ("CRM_TRUSTED_PROXIES", "proxy.example", "CRM_TRUSTED_PROXIES must hold networks like"),
        ("CRM_TRUSTED_PROXIES", "10.0.0.1/8", "CRM_TRUSTED_PROXIES must hold networks like"),
        ("CRM_TRUSTED_PROXIES", "10.0.0.1,", "CRM_TRUSTED_PROXIES must hold networks like"),
        ("CRM_OPERATIONS_PORT", "0", "CRM_OPERATIONS_PORT must be from 1 to 65535, not 0"),
        ("CRM_HOST", " ", "CRM_HOST must be host names or addresses"),
        ("CRM_HOST", "127.0.0.1,", "CRM_HOST must be host names or addresses"),
        ("CRM_HOST", "a..b", "CRM_HOST must be host names or addresses"),
        ("CRM_HOST", "\udcff", "CRM_HOST must be host names or addresses"),
        ("CRM_DATA_DIR", "~nobody-has-this-name/x", "CRM_DATA_DIR names the home folder of nobody"),
        ("CRM_DATA_DIR", "a\0b", "CRM_DATA_DIR must be a path"),
        ("CRM_DATABASE_URL", "postgresql://h/\udcff", "CRM_DATABASE_URL has a wrong value"),
        ("CRM_LOGLEVEL", "INFO", "CRM_LOGLEVEL is not a setting: did you mean CRM_LOG_LEVEL?"),
        ("CRM_DB_URL", "x", "CRM_DB_URL is not a setting: did you mean CRM_DATABASE_URL?"),
        ("CRM_PORTS", "1", "CRM_PORTS is not a setting: did you mean CRM_PORT?"),
        ("CRM_HTTP_PORT", "80", "CRM_HTTP_PORT is not a setting: did you mean CRM_PORT?"),
    ],
)
def test_wrong_setting_is_one_clear_line(variable: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_unknown_setting_of_a_file_is_an_error(folder: Path) -> None:
    (folder / "crm-api.toml").write_text("token = 1\n")
    with pytest.raises(SettingsError, match=r"CRM_TOKEN is not a setting: known are CRM_DATABASE"):
        load_settings({})


def test_wrong_setting_of_a_file_is_named_with_the_file(folder: Path) -> None:
    (folder / "crm-api.toml").write_text("prot = 1\n")
    with pytest.raises(SettingsError, match=r"CRM_PROT is not a setting: .* \(in crm-api.toml\)$"):
        load_settings({})


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"CRM_PORT .*; CRM_WORKERS "):
        load_settings({"CRM_PORT": "x", "CRM_WORKERS": "x"})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:topsecret@h/d",
        "postgresql+psycopg://u:topsecret@h/d",
        "postgresql://u:top/topsecret@h/d",
        "postgresql://u:topsecret/1@h:5432/d",
        "postgresql://u:top@topsecret@h/d",
        "postgresql://u:1/topsecret@h/d",
        "postgresql://u:1?2@topsecret@h/d",
        "postgresql://u:topsecret/?1@h/d",
        f"postgresql://u:topsecret@h,{'a' * 64}.example.ru/d",
        "postgresql://u:topsecret@h:5432,k:65536/d",
        "postgresql://u:topsecret@h:0/d",
        f"postgresql://u:topsecret@h:{'9' * 5000}/d",
        "postgresql://u:topsecret@h\0.example.ru/d",
    ],
)
def test_wrong_database_url_keeps_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="CRM_DATABASE_URL") as caught:
        load_settings({"CRM_DATABASE_URL": url})
    assert "topsecret" not in str(caught.value)
    assert "topsecret" not in repr(Settings(database_url=url))


@pytest.mark.parametrize(
    "content",
    [
        b"port = ",
        b'port = "x"',
        b"prot = 3001",
        b"\xff",
        b"[crm]\nport = 1",
        b"port = " + b"9" * 5000,
    ],
)
def test_wrong_settings_file_is_one_clear_line(folder: Path, content: bytes) -> None:
    (folder / "crm-api.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["CRM_HOST=хост".encode("cp1251"), b"CRM_PORT=3001\n\xff\n"])
def test_dotenv_in_another_encoding_is_one_clear_line(folder: Path, content: bytes) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=r"cannot read the settings file \.env: ") as caught:
        load_settings({})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("CRM_PORT='3005", 1),
        ("\n# settings\n\nexport CRM_DATABASE_URL='postgresql://u:topsecret@h/d\nA=1\n", 4),
        ("CRM_DATABASE_URL: postgresql://u:topsecret@h/d", 1),
        ("SHOP='x\nCRM_DATABASE_URL=postgresql://u:topsecret@h/d\nNAME='y'\n", 2),
        *((f"CRM_PORT{sign}3005", 1) for sign in ":-.#;"),
        ("CRM_PROT:3005", 1),
        ("CRM_LOG-LEVEL:DEBUG", 1),
        ("CRM_WEB-HOOK_SECRET:whsec_topsecret==", 1),
        ("CRM_SETTINGS:/etc/other.toml", 1),
        ("A='\nB\n'\n\nCRM_PORT:3005", 5),
        ('"CRM_DATABASE_URL"=postgresql://u:topsecret@h/d', 1),
        ('\n"CRM_DATABASE_URL": "postgresql://u:topsecret@h/d",', 2),
        ("'CRM_DATABASE_URL': 'postgresql://u:topsecret@h/d',", 1),
        ("'CRM_DATABASE_URL:postgresql://u:topsecret@h/d?sslmode'=require", 1),
        ("CRM_WEBHOOK_SECRET-whsec_topsecret==", 1),
        ("A=1\nexport CRM_DATABASE_URL:postgresql://u:topsecret@h/d?sslmode=require\n", 2),
    ],
)
def test_broken_line_of_dotenv_is_not_passed_over(folder: Path, content: str, line: int) -> None:
    (folder / ".env").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"settings file \.env: line {line} is no") as caught:
        load_settings({})
    assert "topsecret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        *("SHOP='x\n", "HELLO WORLD\n", "SHOP:CRM_X\n", "SHOP_CRM_X='\n", "# CRM_X='\n"),
        *("SHOP:X='a\nCRM_PORT=1\n'\n", "CRM_Logging:LogLevel=Debug\n", "CRM_SHOP[0]=x\n"),
        *("CRM_TEST_DATABASE_URL:x\n", "CRM_POSTGRES_PORT:5444\n"),
    ],
)
def test_broken_line_of_another_program_is_its_own_affair(folder: Path, content: str) -> None:
    (folder / ".env").write_text(f"{content}CRM_PORT=3005\n", encoding="utf-8")
    assert load_settings({}).port == 3005


def test_value_of_another_program_is_not_shown(folder: Path) -> None:
    (folder / ".env").write_text("CRM_SHOP:postgresql://u:topsecret@h/d?a=b\n", encoding="utf-8")
    assert ignored_variables({}) == ["CRM_SHOP is not a setting; crm-api settings shows them all"]


@pytest.mark.parametrize(
    "line",
    ["'CRM_PORT'=3005", "export CRM_PORT = 3005", "CRM_PORT='3005' # as before", "CRM_PORT=3005\r"],
)
def test_ways_to_write_a_line_of_dotenv(folder: Path, line: str) -> None:
    names_alone = "CRM_HOST\nCRM_LOG_SQL # from the environment\n"
    (folder / ".env").write_text(f"{names_alone}{line}\nexport CRM_WORKERS", encoding="utf-8")
    assert load_settings({}) == Settings(port=3005)


def test_missing_named_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"cannot read the settings file absent\.toml"):
        load_settings({"CRM_SETTINGS": "absent.toml"})
