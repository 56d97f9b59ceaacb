"""Сокеты сервиса: на всех адресах узла или ни на одном."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address

type Address = tuple[int, tuple[object, ...]]
"""Семейство и сам адрес, как их понимает ``socket``."""

_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 — куда слушать, решает оператор
_BOTH = "::"


class AddressInUseError(OSError):
    """Порт на одном из адресов занят."""


@contextmanager
def bound_sockets(
    hosts: Sequence[str], port: int, setting: str = "CRM_PORT"
) -> Iterator[list[socket.socket]]:
    """Занимает порт на всех адресах всех узлов, а в конце освобождает.

    Слушать начинает тот, кто будет отвечать: пока сервис не начал работать, соединение отвергнут
    сразу, и отправитель пойдёт к другому, а не останется ждать, сколько бы начало ни длилось.

    Args:
        hosts: имена и адреса узлов; ``::`` — все адреса машины, и IPv6, и IPv4.
        port: порт; 0 — любой свободный.
        setting: какой настройкой он задан.

    Raises:
        AddressInUseError: порт занят.
        OSError: имя узла неизвестно, адрес не свой или порт не разрешён. Текст любой из ошибок —
            одна строка для оператора.
    """
    opened: list[socket.socket] = []
    with ExitStack() as stack:
        # Первыми — все адреса разом: тем, которые они охватывают, места уже не останется.
        for host in sorted(hosts, key=lambda host: host not in _ANY.values()):
            with _told_in_words(host, port, setting):
                for family, (name, asked, *scope) in _addresses(host, port):
                    if not _is_covered(family, name, opened):
                        # Где порт на выбор дала система, на остальных адресах он тот же.
                        chosen = asked or (opened[0].getsockname()[1] if opened else 0)
                        address = (name, chosen, *scope)
                        opened.append(stack.enter_context(_bound(family, address)))
        yield opened


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    """То же, что ``socket.create_server``, только не слушает."""
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Соединения прошлого запуска ещё заканчиваются (RFC 9293, 3.6.1), и порта они не займут.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except BaseException:
        opened.close()
        raise
    return opened


@contextmanager
def _told_in_words(host: str, port: int, setting: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = f"cannot listen on {shown(host, port)}: {_reason(error)}; {_advice(error, setting)}"
        raise (AddressInUseError if error.errno == errno.EADDRINUSE else OSError)(told) from None


def _addresses(host: str, port: int) -> list[Address]:
    """Находит адреса узла; ``::`` — все адреса этой машины, и IPv6, и IPv4.

    Сокетов тогда два: один на оба семейства показывал бы IPv4 записанным в IPv6 (RFC 4291,
    2.5.5.2), и одного и того же клиента знали бы под двумя адресами.
    """
    names = (_ANY[socket.AF_INET6], _ANY[socket.AF_INET]) if host == _BOTH else (host,)
    return [
        (family, address)
        for name in names
        for family, *_, address in socket.getaddrinfo(
            name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    ]


def _is_covered(family: int, name: object, opened: Iterable[socket.socket]) -> bool:
    """Слушает ли там уже один из открытых: узел назван дважды или слушают на всех адресах разом."""
    return any(
        one.family == family and one.getsockname()[0] in {name, _ANY[one.family]} for one in opened
    )


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
    """Называет причину без адреса: он уже назван."""
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or str(error)
    return os.strerror(error.errno)
