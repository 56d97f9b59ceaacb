"""Настройки подписчиков: имя, адрес, секреты и события каждого."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from attrs import field, frozen

from domain.events import CUSTOMER_REGISTERED
from entrypoints.setting_values import WrongValueError
from entrypoints.webhook_secret import WANTED, key_of

ONLY_NAME = "webhook"
"""Имя подписчика, заданного двумя переменными."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_FIELDS = ("name", "url", "secret", "events")


@frozen(kw_only=True)
class SubscriberSettings:
    """Подписчик.

    Attributes:
        name: имя; оно видно в журнале и замерах.
        url: куда слать события.
        keys: ключи, которыми подписывают.
    """

    name: str
    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)

    def __str__(self) -> str:
        """Говорит, кто это, без секретов: они бывают и в адресе."""
        return f"{self.name} at {shown_url(self.url)}"


def shown_url(url: str) -> str:
    """Возвращает адрес без учётных данных, пути и запроса."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def webhook_url(value: object) -> str:
    """Адрес подписчика: http или https."""
    try:
        parts = urlsplit(str(value))
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not isinstance(value, str) or not is_good or not value.isprintable() or " " in value:
        raise WrongValueError("must be an address like https://crm.example/customers")
    return value


def webhook_secrets(value: object) -> tuple[bytes, ...]:
    """Секреты через пробел или списком; подписывают каждым, пока их меняют."""
    given = value.split() if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not given:
        raise WrongValueError(f"must be {WANTED}")
    try:
        return tuple(key_of(str(secret)) for secret in given)
    except ValueError as error:
        raise WrongValueError(f"must be {error}") from None


def subscribers(value: object) -> tuple[SubscriberSettings, ...]:
    """Список подписчиков файла TOML."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise WrongValueError("must be tables [[subscribers]] of crm-api.toml")
    return tuple(_subscriber(one) for one in value)


def _subscriber(given: dict[str, object]) -> SubscriberSettings:
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WrongValueError("must each have a name of small letters, digits, - and _")
    if unknown := sorted(given.keys() - set(_FIELDS)):
        raise WrongValueError(
            f"has {', '.join(unknown)} for {name}: known are {', '.join(_FIELDS)}"
        )
    if given.get("events", [CUSTOMER_REGISTERED]) != [CUSTOMER_REGISTERED]:
        raise WrongValueError(
            f'has wrong events for {name}: there are only ["{CUSTOMER_REGISTERED}"]'
        )
    try:
        url, keys = webhook_url(given.get("url")), webhook_secrets(given.get("secret"))
    except WrongValueError as error:
        which = "url" if "address" in str(error) else "secret"
        raise WrongValueError(f"has a wrong {which} for {name}: it {error}") from None
    return SubscriberSettings(name=name, url=url, keys=keys)


def all_subscribers(
    listed: Sequence[SubscriberSettings], url: str | None, keys: tuple[bytes, ...] | None
) -> tuple[SubscriberSettings, ...]:
    """Складывает подписчиков списка с тем, что задан двумя переменными.

    Raises:
        WrongValueError: задана одна переменная из двух, или имена повторяются.
    """
    if (url is None) != (keys is None):
        raise WrongValueError("CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET go together: set both")
    found = tuple(listed)
    if url is not None and keys is not None:
        found += (SubscriberSettings(name=ONLY_NAME, url=url, keys=keys),)
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise WrongValueError(f"subscribers need different names, not {', '.join(names)}")
    return found
