"""Слушающие сокеты, которые открыл systemd: их очередь переживает перезапуск сервиса."""

import os
import socket
from collections.abc import MutableMapping

_FIRST = 3  # переданные идут подряд с этого (sd_listen_fds(3))
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def passed_sockets(environ: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """Забирает слушающие сокеты, переданные этому процессу; не переданы — список пуст.

    Переменные, которые о них говорят, убирает: потомкам они не для того (sd_listen_fds(3)).

    Raises:
        OSError: передано не то; текст — одна строка для оператора.
    """
    pid, count, _ = (environ.pop(name, "") for name in _VARIABLES)
    if pid != str(os.getpid()) or not count.isdecimal():
        return []
    return [_listening(descriptor) for descriptor in range(_FIRST, _FIRST + int(count))]


def _listening(descriptor: int) -> socket.socket:
    """Проверяет переданный сокет.

    Raises:
        OSError: он не слушает TCP или слушает сразу IPv6 и IPv4.
    """
    try:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 — имени у аргумента нет
        one = socket.socket(fileno=descriptor)
        is_tcp = one.family in {socket.AF_INET, socket.AF_INET6} and one.type == socket.SOCK_STREAM
        is_good = is_tcp and bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        is_good = False
    if not is_good:
        raise OSError(
            f"descriptor {descriptor} from systemd is no listening TCP socket: in the .socket unit"
            " set ListenStream= to ADDRESS:PORT and leave Accept= alone"
        )
    # Клиент IPv4 был бы виден записанным в IPv6 (RFC 4291, 2.5.5.2), и предел частоты считал бы
    # всех таких одним: у них общее начало адреса.
    if one.family == socket.AF_INET6 and not one.getsockopt(
        socket.IPPROTO_IPV6, socket.IPV6_V6ONLY
    ):
        raise OSError(
            f"descriptor {descriptor} from systemd serves IPv4 as IPv6: in the .socket unit set"
            " BindIPv6Only=ipv6-only, and a ListenStream= of its own for IPv4"
        )
    return one
