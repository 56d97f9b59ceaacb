"""HTTP побайтно: запросы, каких не пошлёт ни одна порядочная библиотека."""

import socket
import time
from urllib.parse import urlsplit

import orjson

IVAN_BODY = orjson.dumps({"name": "Ivan Ivanov", "email": "raw@example.ru"})
_DEADLINE = 30.0  # секунд: дольше сервис не держит никого
_DRIP = 0.5


def connected(url: str) -> socket.socket:
    """Соединяется с сервисом."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=_DEADLINE)


def head(*lines: str, start: str = "POST /register HTTP/1.1") -> bytes:
    """Собирает начало запроса из строк."""
    return "\r\n".join([start, *lines, "", ""]).encode("latin-1")


def answers(url: str, sent: bytes) -> bytes:
    """Посылает байты и читает всё, пока сервис не закроет соединение."""
    with connected(url) as link:
        link.sendall(sent)
        return read_to_end(link)


def read_to_end(link: socket.socket, *, drip: bytes = b"") -> bytes:
    """Читает, пока не закроют; пока ничего нет, посылает по куску ``drip``."""
    received = bytearray()
    deadline = time.monotonic() + _DEADLINE
    link.settimeout(_DRIP)
    while time.monotonic() < deadline:
        try:
            chunk = link.recv(65536)
        except TimeoutError:
            if drip:
                _send_if_open(link, drip)
            continue
        except ConnectionResetError:
            return bytes(received)
        if not chunk:
            return bytes(received)
        received += chunk
    raise AssertionError(f"not closed after {_DEADLINE} s, received {bytes(received)!r}")


def _send_if_open(link: socket.socket, data: bytes) -> None:
    try:
        link.sendall(data)
    except OSError:
        return  # закрыто; об этом скажет чтение


def status(answer: bytes) -> int:
    """Код состояния первого ответа."""
    return int(answer.split(b" ", 2)[1])


def accepted_request(url: str) -> socket.socket:
    """Начинает регистрацию и возвращается, когда сервис её принял и ждёт тела ``IVAN_BODY``."""
    link = connected(url)
    link.sendall(
        head(
            "Host: shop.example",
            "Content-Type: application/json",
            f"Content-Length: {len(IVAN_BODY)}",
            "Expect: 100-continue",
        )
    )
    expected = b"HTTP/1.1 100 Continue\r\n\r\n"
    received = b""
    while len(received) < len(expected):
        received += link.recv(len(expected) - len(received))
    assert received == expected
    return link
