"""Настройки подписчиков: как заданы, что о неверных говорится и чего не показывают."""

import base64
from pathlib import Path

import attrs
import pytest

from entrypoints.settings import SettingsError, given_settings, load_settings
from entrypoints.shown_settings import shown_settings

pytestmark = pytest.mark.usefixtures("folder")

KEY, OTHER = b"k" * 24, b"o" * 64
SECRET, OTHER_SECRET = ("whsec_" + base64.b64encode(key).decode() for key in (KEY, OTHER))
URL = "https://user:password@crm.example:8443/hooks?token=t0ken"
ONE = {"CRM_WEBHOOK_URL": URL, "CRM_WEBHOOK_SECRET": SECRET}


def toml(folder: Path, *tables: str) -> None:
    text = "\n".join(f"[[subscribers]]\n{table}" for table in tables)
    (folder / "crm-api.toml").write_text(text)


def test_one_subscriber_is_two_variables() -> None:
    [one] = load_settings(ONE).all_subscribers()
    assert (one.name, one.url, one.keys) == ("webhook", URL, (KEY,))


def test_several_are_tables_of_the_file_beside_the_one(folder: Path) -> None:
    toml(
        folder,
        f'name = "crm"\nurl = "{URL}"\nsecret = "{SECRET}"',
        f'name = "letters"\nurl = "http://127.0.0.1:9/"\n'
        f'secret = ["{SECRET}", "{OTHER_SECRET}"]\nevents = ["customer.registered"]',
    )
    crm, letters, webhook = load_settings(ONE).all_subscribers()
    assert [one.name for one in (crm, letters, webhook)] == ["crm", "letters", "webhook"]
    assert letters.keys == (KEY, OTHER)


def test_subscriber_names_its_events_or_gets_all(folder: Path) -> None:
    repeated = "customer.registration_repeated"
    toml(
        folder,
        f'name = "crm"\nurl = "{URL}"\nsecret = "{SECRET}"',
        f'name = "letters"\nurl = "{URL}"\nsecret = "{SECRET}"\nevents = ["{repeated}"]',
    )
    crm, letters, webhook = load_settings(ONE).all_subscribers()
    assert crm.events == webhook.events == ("customer.registered", repeated)
    assert letters.events == (repeated,)


def test_without_subscribers_there_are_none() -> None:
    assert load_settings({}).all_subscribers() == ()


def test_secrets_and_addresses_are_shown_nowhere(folder: Path) -> None:
    toml(folder, f'name = "crm"\nurl = "{URL}"\nsecret = "{SECRET}"')
    shown = {one.name: one.value for one in shown_settings(given_settings(ONE))}
    assert shown["CRM_WEBHOOK_URL"] == "https://crm.example:8443/…"
    assert shown["CRM_WEBHOOK_SECRET"] == "***"  # noqa: S105 — так он показан
    assert shown["CRM_SUBSCRIBERS"] == "crm at https://crm.example:8443/…"
    everything = repr(load_settings(ONE)) + repr(shown)
    for secret in ("password", "t0ken", SECRET[6:], repr(KEY)):
        assert secret not in everything


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"CRM_WEBHOOK_URL": URL}, "CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET go together"),
        ({"CRM_WEBHOOK_SECRET": SECRET}, "CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET go together"),
        ({**ONE, "CRM_WEBHOOK_URL": "ftp://user:password@x/"}, "CRM_WEBHOOK_URL must be an addr"),
        ({**ONE, "CRM_WEBHOOK_URL": "password"}, "CRM_WEBHOOK_URL must be an address"),
        ({**ONE, "CRM_WEBHOOK_URL": "http://x:password/"}, "CRM_WEBHOOK_URL must be an address"),
        ({**ONE, "CRM_WEBHOOK_URL": "http://[::1/password"}, "CRM_WEBHOOK_URL must be an addre"),
        ({**ONE, "CRM_WEBHOOK_SECRET": "password"}, "CRM_WEBHOOK_SECRET must be whsec_"),
        ({**ONE, "CRM_WEBHOOK_SECRET": f"{SECRET} password"}, "CRM_WEBHOOK_SECRET must be whsec_"),
        ({"CRM_SUBSCRIBERS": "password"}, "CRM_SUBSCRIBERS must be tables"),
        ({"CRM_DELIVERED_DAYS": "-1"}, "CRM_DELIVERED_DAYS must be from 0"),
    ],
)
def test_wrong_variable_is_one_line_without_its_value(variables: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        load_settings(variables)
    assert "password" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nats://nats.example", ("nats.example:4222", None, None, None, "customer.registered")),
        ("nats://n:1/", ("n:1", None, None, None, "customer.registered")),
        ("nats://u:p%40ss%2Fw@n/shop.new-1", ("n:4222", "u", "p@ss/w", None, "shop.new-1")),
        ("nats://t0k%25n@[::1]:9/x", ("[::1]:9", None, None, "t0k%n", "x")),
        ("NATS://u:@n/x", ("n:4222", "u", "", None, "x")),
    ],
)
def test_stream_is_one_address_and_needs_no_secret(url: str, told: tuple[str | None, ...]) -> None:
    [one] = load_settings({"CRM_WEBHOOK_URL": url}).all_subscribers()
    assert one.is_stream
    assert one.keys == ()
    assert attrs.astuple(one.stream) == told
    assert "@" not in str(one)
    assert repr(one.stream).count("=") == 2
    [signed] = load_settings({**ONE, "CRM_WEBHOOK_URL": url}).all_subscribers()
    assert signed.keys == (KEY,)


@pytest.mark.parametrize(
    "address",
    [
        "https://u:password@crm..example/",
        "https://./password",
        f"https://{'a' * 70}.example/password",
        f"nats://u:password@{'a' * 70}",
        "https://юзер:password@crm.example/",
        "https://u:password%D0%BF@crm.example/",
    ],
)
def test_address_that_nothing_can_be_sent_to_is_one_line(address: str) -> None:
    with pytest.raises(SettingsError, match="CRM_WEBHOOK_URL must be an address like") as caught:
        load_settings({**ONE, "CRM_WEBHOOK_URL": address})
    assert "password" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", ["https://пример.рф/", "http://ü:p@x/"])
def test_address_of_another_alphabet_is_one(address: str) -> None:
    [one] = load_settings({**ONE, "CRM_WEBHOOK_URL": address}).all_subscribers()
    assert one.url == address


@pytest.mark.parametrize(
    "subject",
    ["a.*", ">", "$JS.API", "_INBOX.a", "a..b", "a/b", "a?b=password", "a#password", "%61"],
)
def test_wrong_subject_is_one_line(subject: str) -> None:
    with pytest.raises(SettingsError, match="CRM_WEBHOOK_URL must be an address like") as caught:
        load_settings({"CRM_WEBHOOK_URL": f"nats://user:password@x/{subject}"})
    assert "password" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_subscribers_of_one_nats_are_refused(folder: Path) -> None:
    toml(folder, 'name = "a"\nurl = "nats://u:p@n:4222/a"')
    with pytest.raises(SettingsError, match="2 subscribers go to NATS at n:4222: one is enough"):
        load_settings({"CRM_WEBHOOK_URL": "nats://n/b"})


GOOD = f'url = "http://x/"\nsecret = "{SECRET}"'


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ([GOOD], "must each have a name"),
        ([f'name = "Crm Shop"\n{GOOD}'], "must each have a name"),
        ([f'name = "crm"\n{GOOD}\nevent = 1'], "has event for crm: known are name, url"),
        *(
            ([f'name = "crm"\n{GOOD}\nevents = {events}'], "has wrong events for crm: there are")
            for events in ('["x"]', "[]", '"customer.registered"', "[[]]", "1")
        ),
        ([f'name = "crm"\nsecret = "{SECRET}"'], "has a wrong url for crm"),
        (['name = "crm"\nurl = "http://x/"'], "has a wrong secret for crm"),
        ([f'name = "crm"\n{GOOD}', f'name = "crm"\n{GOOD}'], "need different names"),
        ([f'name = "webhook"\n{GOOD}'], "need different names"),
    ],
)
def test_wrong_table_is_one_line(folder: Path, tables: list[str], told: str) -> None:
    toml(folder, *tables)
    with pytest.raises(SettingsError, match=told):
        load_settings(ONE)
