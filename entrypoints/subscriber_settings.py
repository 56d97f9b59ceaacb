"""Настройки подписчиков: имя, адрес, секреты и события каждого."""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlsplit

from attrs import field, frozen

from domain.events import CUSTOMER_REGISTERED, EVENT_TYPES
from entrypoints.setting_values import WrongValueError, leads_there
from entrypoints.webhook_secret import WANTED, key_of

ONLY_NAME = "webhook"
"""Имя подписчика, заданного двумя переменными."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_FIELDS = ("name", "url", "secret", "events")
_NATS = "nats"
_NATS_PORT = 4222
_SCHEMES = {"http", "https", _NATS}
# Часть названия без точек; * и > называли бы многие сразу, а с $ и _ начинаются служебные.
_SUBJECT = re.compile(r"(?:[A-Za-z0-9-][A-Za-z0-9_-]*)(?:\.[A-Za-z0-9_-]+)*")


@frozen(kw_only=True)
class SubscriberSettings:
    """Подписчик.

    Attributes:
        name: имя; оно видно в журнале и замерах.
        url: куда слать события: http, https или nats.
        keys: ключи, которыми подписывают; потоку NATS подпись не обязательна.
        events: о каких событиях рассказывать.
    """

    name: str
    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    events: tuple[str, ...] = EVENT_TYPES

    @property
    def is_stream(self) -> bool:
        """Говорит, что события хранит поток NATS."""
        return _is_nats(self.url)

    @property
    def stream(self) -> "StreamSettings":
        """Разбирает адрес потока NATS: сервер, за кого себя выдать и название."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        user, password = (
            unquote(part) if part is not None else None for part in (parts.username, parts.password)
        )
        return StreamSettings(
            address=f"{host}:{parts.port or _NATS_PORT}",
            user=user if password is not None else None,
            password=password,
            # Имя без пароля у NATS — пропуск.
            token=user if password is None else None,
            subject=parts.path.strip("/") or CUSTOMER_REGISTERED,
        )

    def __str__(self) -> str:
        """Говорит, кто это, без секретов: они бывают и в адресе."""
        return f"{self.name} at {shown_url(self.url)}"


@frozen(kw_only=True)
class StreamSettings:
    """Поток NATS.

    Attributes:
        address: ``узел:порт`` сервера.
        user: имя.
        password: пароль; без имени их нет.
        token: пропуск, если вместо имени и пароля он.
        subject: название, под которым публиковать.
    """

    address: str
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    token: str | None = field(repr=False)
    subject: str


def _is_nats(url: str) -> bool:
    return url.lower().startswith(f"{_NATS}://")


def shown_url(url: str) -> str:
    """Возвращает адрес без учётных данных, пути и запроса."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def webhook_url(value: object) -> str:
    """Адрес подписчика: http, https или nats."""
    if not isinstance(value, str) or not _is_sendable(value):
        raise WrongValueError(
            "must be an address like https://crm.example/customers or nats://host/subject"
        )
    parts = urlsplit(value)
    subject = parts.path.strip("/")
    is_bare = not parts.query and not parts.fragment
    if parts.scheme == _NATS and not (is_bare and (not subject or _SUBJECT.fullmatch(subject))):
        raise WrongValueError(
            "must be an address like nats://nats.example:4222/customer.registered, with a subject"
            " of letters, digits, - and _, joined by dots"
        )
    return value


def _is_sendable(url: str) -> bool:
    if not leads_there(url) or not url.isprintable() or " " in url:
        return False
    parts = urlsplit(url)
    return parts.scheme in _SCHEMES and _has_sendable_user(parts)


def _has_sendable_user(parts: SplitResult) -> bool:
    """Говорит, можно ли назвать себя и пароль: HTTP шлёт их как Latin-1, NATS — как есть."""
    if parts.scheme == _NATS:
        return True
    try:
        unquote(f"{parts.username}{parts.password}", errors="strict").encode("latin-1")
    except UnicodeError:
        return False
    return True


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
    wanted = given.get("events", list(EVENT_TYPES))
    events = tuple(wanted) if isinstance(wanted, list) else ()
    if not events or not all(one in EVENT_TYPES for one in events):
        raise WrongValueError(f"has wrong events for {name}: there are {', '.join(EVENT_TYPES)}")
    try:
        url = webhook_url(given.get("url"))
        is_unsigned = _is_nats(url) and "secret" not in given
        keys = () if is_unsigned else webhook_secrets(given.get("secret"))
    except WrongValueError as error:
        which = "url" if "address" in str(error) else "secret"
        raise WrongValueError(f"has a wrong {which} for {name}: it {error}") from None
    return SubscriberSettings(name=name, url=url, keys=keys, events=events)


def all_subscribers(
    listed: Sequence[SubscriberSettings], url: str | None, keys: tuple[bytes, ...] | None
) -> tuple[SubscriberSettings, ...]:
    """Складывает подписчиков списка с тем, что задан двумя переменными.

    Raises:
        WrongValueError: задана одна переменная из двух, или имена или потоки повторяются.
    """
    is_unsigned = keys is None and url is not None and _is_nats(url)
    if (url is None) != (keys is None) and not is_unsigned:
        raise WrongValueError("CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET go together: set both")
    found = tuple(listed)
    if url is not None:
        found += (SubscriberSettings(name=ONLY_NAME, url=url, keys=keys or ()),)
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise WrongValueError(f"subscribers need different names, not {', '.join(names)}")
    servers = Counter(one.stream.address for one in found if one.is_stream)
    for address, count in servers.items():
        if count > 1:
            raise WrongValueError(
                f"{count} subscribers go to NATS at {address}: one is enough, since a stream keeps"
                " each event once, and many may read it"
            )
    return found
