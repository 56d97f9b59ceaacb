"""Слушающие сокеты сервиса: на всех адресах узла или ни на одном."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address


class AddressInUseError(OSError):
    """Порт на одном из адресов узла занят."""


@contextmanager
def listening(host: str, port: int, setting: str = "CRM_PORT") -> Iterator[list[socket.socket]]:
    """Открывает сокеты на всех адресах узла, а в конце закрывает.

    Args:
        host: имя или адрес узла.
        port: порт; 0 — любой свободный.
        setting: какой настройкой он задан.

    Raises:
        AddressInUseError: порт занят.
        OSError: имя узла неизвестно, адрес не свой или порт не разрешён. Текст любой из ошибок —
            одна строка для оператора.
    """
    with ExitStack() as stack:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            opened = opened_on((family, address) for family, *_, address in found)
            sockets = stack.enter_context(opened)
        except OSError as error:
            kind = AddressInUseError if error.errno == errno.EADDRINUSE else OSError
            raise kind(
                f"cannot listen on {shown(host, port)}: {_reason(error)}; {_advice(error, setting)}"
            ) from None
        yield sockets


@contextmanager
def opened_on(addresses: Iterable[tuple[int, tuple[object, ...]]]) -> Iterator[list[socket.socket]]:
    """Открывает по сокету на адрес (семейство и сам адрес); не вышло с одним — закрывает все.

    Raises:
        OSError: адрес занят или не свой.
    """
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_server(address, family=family))
            for family, address in addresses
        ]


def shown(host: str, port: int) -> str:
    """Пишет адрес так, как в URL (RFC 3986, 3.2.2): IPv6 в скобках."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_beyond_this_machine(address: str) -> bool:
    """Говорит, доходят ли до этого адреса с других машин."""
    return not ip_address(address).is_loopback


def _advice(error: OSError, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"free the port or set CRM_HOST and {setting}"
    if error.errno == errno.EACCES:
        return f"set {setting} to 1024 or more: lower ones need CAP_NET_BIND_SERVICE"
    return "set CRM_HOST to an address of this machine"


def _reason(error: OSError) -> str:
    """Называет причину без адреса: ``create_server`` повторяет его в своём тексте кортежем."""
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or str(error)
    return os.strerror(error.errno)
