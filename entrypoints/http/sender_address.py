"""С какого адреса пришёл запрос: чей конец соединения, а за доверенным прокси — кого он назвал.

``Forwarded`` (RFC 7239) и ``X-Forwarded-For`` может прислать кто угодно, и прокси лишь дописывает
их справа. Поэтому они читаются справа налево, пока названный сам — доверенный прокси.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from attrs import frozen

type Network = IPv4Network | IPv6Network

type Peer = tuple[Any, ...] | None
"""Другой конец соединения: адрес и порт; ``None`` — его уже нет."""

type Headers = Iterable[tuple[bytes, bytes]]
"""Заголовки запроса, имена строчными."""

_REMEMBERED = 4096  # разобранных адресов
_LONGEST = 64  # знаков: адрес IPv6 со скобками и портом короче
_LONGEST_CHAIN = 1024  # знаков: десятка прокси; чтение по грамматике длиннее стоило бы миллисекунд
_IPV6_PREFIX = 8  # байт: столько из адреса IPv6 даётся одному клиенту (RFC 6177, 2)
_PORT = re.compile(r":(?:[0-9]{1,5}|_[A-Za-z0-9._-]+)")

# RFC 9110, 5.6.2 и 5.6.4; пробелы вокруг разделителей RFC 7239 (4) не разрешает, но их пишут.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 — token грамматики, а не пароль
_VALUE = rf'{_TOKEN}|"(?:[^"\\]|\\.)*"'
# Квантификатор *+ ничего не возвращает: иначе работа над рядом пробелов росла бы квадратично.
_PAIR = re.compile(rf"[ \t]*+(?:({_TOKEN})=({_VALUE}))?[ \t]*+([;,]|\Z)")
_ESCAPED = re.compile(r"\\(.)")


@frozen
class Address:
    """Адрес узла.

    Attributes:
        network: он сам, а у IPv6 — его сеть /64: столько даётся одному клиенту.
        is_trusted: доверенный ли это прокси.
    """

    network: bytes
    is_trusted: bool


_UNKNOWN = Address(b"", is_trusted=False)


class SenderAddress:
    """Узнаёт, с какого адреса пришёл запрос."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        """Создаёт; ``trusted`` — сети прокси, чьим словам верят."""
        self._trusted = trusted
        self.nearest = lru_cache(_REMEMBERED)(self._parsed)
        """Разбирает адрес другого конца соединения; о пустом неизвестно ничего."""

    def behind(self, nearest: Address, headers: Headers) -> Address:
        """Находит того, чей запрос передал доверенный прокси; кому не верят, тот сам и просит.

        Прокси пишет один из заголовков, а другой пропускает таким, каким его прислали. Какой из них
        его, узнать неоткуда, поэтому заголовкам, которые спорят, не верят: считается сам прокси.

        Args:
            nearest: другой конец соединения.
            headers: заголовки запроса.
        """
        told: dict[bytes, bytes] = {}
        for name, value in headers:
            if name in _NODES:  # повторённый заголовок — один список (RFC 9110, 5.3)
                told[name] = told[name] + b"," + value if name in told else value
        found = {
            self._farthest(nearest, _nodes(name, value.decode("latin-1")))
            for name, value in told.items()
        }
        return found.pop() if len(found) == 1 else nearest

    def _farthest(self, nearest: Address, nodes: Sequence[str]) -> Address:
        """Находит самого дальнего, о ком сказал доверенный; кого не назвали, за того — прокси."""
        for node in reversed(nodes):
            if not nearest.is_trusted or (named := self._node(node)) is _UNKNOWN:
                break
            nearest = named
        return nearest

    def _node(self, text: str) -> Address:
        text = text.strip()
        return self.nearest(text) if len(text) <= _LONGEST else _UNKNOWN

    def _parsed(self, text: str) -> Address:
        try:
            address = ip_address(_without_port(text))
        except ValueError:
            return _UNKNOWN
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped  # так зовёт клиентов IPv4 сокет, открытый на обоих
        is_trusted = any(address in network for network in self._trusted)
        is_v4 = isinstance(address, IPv4Address)
        network = address.packed if is_v4 else address.packed[:_IPV6_PREFIX]
        return Address(network, is_trusted)


def _without_port(node: str) -> str:
    """Снимает порт и скобки (RFC 7239, 6)."""
    if node.startswith("["):
        address, _, port = node[1:].partition("]")
        return address if ":" in address and (not port or _PORT.fullmatch(port)) else ""
    address, colon, port = node.partition(":")
    return address if _PORT.fullmatch(colon + port) else node


def _forwarded_nodes(header: str) -> list[str]:
    """Читает ``for`` каждого прокси; кто его не назвал, у того он пуст.

    Список, который не по грамматике (RFC 7239, 4), не читается весь: по незакрытой кавычке не
    сказать, где кончается чужое и начинается слово прокси.
    """
    nodes = []
    node: str | None = None
    end = 0
    is_empty = True
    while end <= len(header):
        pair = _PAIR.match(header, end)
        if pair is None:
            return []
        name, value, separator = pair.groups()
        if name is not None:
            is_empty = False
            if name.lower() == "for":
                if node is not None:
                    return []  # дважды об одном (RFC 7239, 4)
                node = _unquoted(value)
        if separator != ";" and not is_empty:
            nodes.append(node or "")
            node, is_empty = None, True
        if not separator:
            break
        end = pair.end()
    return nodes


def _unquoted(value: str) -> str:
    return _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value


_NODES: Mapping[bytes, Callable[[str], list[str]]] = {
    b"forwarded": _forwarded_nodes,
    b"x-forwarded-for": lambda header: header.split(","),
}


def _nodes(name: bytes, header: str) -> list[str]:
    """Перечисляет названных; слишком длинный перечень не читается."""
    return _NODES[name](header) if len(header) <= _LONGEST_CHAIN else []
