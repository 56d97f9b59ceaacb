"""Значения настроек: разобрать и проверить то, что написано в переменной или в файле.

Каждая функция бросает ``WrongValueError``, если значение неверно.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from domain.text import ascii_integer
from entrypoints.database_url import (
    InvalidDatabaseUrlError,
    check_database_url,
    is_possible_host,
)

# То, что браузер пришлёт в Origin (RFC 6454, 6.2): строчными, без пути, узел в punycode.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?")

# Без учётных данных, запроса и якоря (RFC 3986, 3); прочие знаки — через процент.
_PUBLIC_URL = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:/[A-Za-z0-9._~%!$&'()*+,;=:-]*)*"
)

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_RATE = re.compile(rf"([1-9][0-9]{{0,5}}) ?(?:/|per) ?({'|'.join(_SECONDS)})")


class WrongValueError(ValueError):
    """Значение одной настройки неверно; имени в тексте ещё нет."""


def _told(value: object) -> str:
    """Повторяет неверное значение, если это не адрес: в нём бывает пароль."""
    return "a URL with a user" if "@" in str(value) else repr(value)


def whole_number(minimum: int, maximum: int) -> Callable[[object], int]:
    """Целое от ``minimum`` до ``maximum``, числом или десятичной записью."""

    def parse(value: object) -> int:
        number = ascii_integer(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int):
            raise WrongValueError(f"must be a whole number, not {_told(value)}")
        if not minimum <= number <= maximum:
            raise WrongValueError(f"must be from {minimum} to {maximum}, not {number}")
        return number

    return parse


def one_of(*choices: str, normal: Callable[[str], str]) -> Callable[[object], str]:
    """Одно из слов после приведения их к обычному виду."""

    def parse(value: object) -> str:
        if isinstance(value, str) and normal(value) in choices:
            return normal(value)
        raise WrongValueError(f"must be one of {', '.join(choices)}, not {_told(value)}")

    return parse


@frozen
class Rate:
    """Сколько раз за какой срок.

    Attributes:
        count: сколько раз.
        unit: срок: ``second``, ``minute`` или ``hour``.
    """

    count: int
    unit: str

    @property
    def seconds(self) -> int:
        """Срок, с."""
        return _SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"


def rate(value: object) -> Rate:
    """Сколько раз за секунду, минуту или час."""
    found = _RATE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise WrongValueError(
            "must be a number of times a second, minute or hour, like 30/minute,"
            f" not {_told(value)}"
        )
    return Rate(int(found[1]), found[2])


def networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    """Сети и адреса IP через запятую или списком."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise WrongValueError(f"must be networks separated by commas, not {_told(value)}")
    found = []
    for part in (str(part).strip() for part in parts):
        try:
            found.append(ip_network(part))
        except ValueError:
            raise WrongValueError(
                "must hold networks like 10.0.0.0/8 or fd00::/8, or single addresses; this is none"
                f" or has bits beyond its mask: {_told(part)}"
            ) from None
    return tuple(found)


_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def switch(value: object) -> bool:
    """Да или нет, значением или словом."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _SWITCH:
        return _SWITCH[value.lower()]
    raise WrongValueError(f"must be true or false, not {_told(value)}")


def hosts(value: object) -> tuple[str, ...]:
    """Имена и адреса узлов через запятую или списком."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(map(_is_host, parts)) or not parts:
        raise WrongValueError(
            f"must be host names or addresses separated by commas, not {_told(value)}"
        )
    return tuple(dict.fromkeys(part.strip() for part in parts))


def _is_host(value: object) -> bool:
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        value.strip().encode("idna")  # так имя пойдёт в getaddrinfo
    except UnicodeError:
        return False
    return True


def folder(value: object) -> Path:
    """Папка; полный путь."""
    if not isinstance(value, str | Path) or "\0" in str(value):
        raise WrongValueError(f"must be a path, not {_told(value)}")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise WrongValueError(f"names the home folder of nobody: {_told(value)}") from None


def public_url(value: object) -> str:
    """Адрес, под которым сервис видят снаружи: http или https, можно с путём; без косой черты."""
    if not isinstance(value, str) or not _PUBLIC_URL.fullmatch(value) or not leads_there(value):
        raise WrongValueError(
            f"must be an address like https://api.shop.example/crm, not {_told(value)}"
        )
    return value.rstrip("/")


def leads_there(url: str) -> bool:
    """Говорит, бывает ли такой узел и такой порт: адрес, которого нет, никуда не ведёт."""
    try:
        parts = urlsplit(url)
        return parts.port != 0 and is_possible_host(parts.hostname or ".")
    except ValueError:  # порт больше 65535, адрес IPv6 не разобрать
        return False


def origins(value: object) -> tuple[str, ...]:
    """Источники (RFC 6454) через запятую или списком; ``*`` — любой и только один."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise WrongValueError(f"must be origins separated by commas, not {_told(value)}")
    found = tuple(str(part).strip().rstrip("/").lower() for part in parts if str(part).strip())
    for origin in found:
        if origin != "*" and not (_ORIGIN.fullmatch(origin) and leads_there(origin)):
            raise WrongValueError(
                f"must hold origins like https://shop.example, not {_told(origin)}"
            )
    if "*" in found and len(found) > 1:
        raise WrongValueError("must be either * or a list of origins, not both")
    if not found:
        raise WrongValueError("must name at least one origin, or * for any")
    return found


def database_url(value: object) -> str:
    """Адрес libpq или ``database_url.IN_MEMORY``."""
    try:
        check_database_url(str(value))
    except InvalidDatabaseUrlError as error:
        # Самого адреса в тексте нет: в нём бывает пароль.
        raise WrongValueError(f"has a wrong value: {error}") from None
    return str(value)
