"""Начало ответа: строка состояния и заголовки байтами (RFC 9112, 4 и 5)."""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus

type Headers = Iterable[tuple[bytes, bytes]]

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {
    status: f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n".encode()
    for status in range(100, 600)
}
_CLOSE = b"connection: close\r\n"
# RFC 9110, 5.1 и 5.5: имя — token, в значении нет управляющих знаков, кроме табуляции.
_NOT_A_NAME = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]|^$")
_NOT_A_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Разрешение слать тело тому, кто о нём спросил (RFC 9110, 10.1.1)."""


def header_lines(headers: Headers) -> bytes:
    """Записывает заголовки строками."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def remembered_lines() -> Callable[[Headers], bytes]:
    """Возвращает ``header_lines``, которая помнит ответ, пока список заголовков тот же самый."""
    known: Headers = ()
    lines = b""

    def of(headers: Headers) -> bytes:
        nonlocal known, lines
        if headers is not known:
            known, lines = headers, header_lines(headers)
        return lines

    return of


def response_head(status: int, common: bytes, headers: Headers, *, keep_alive: bool) -> bytes:
    """Записывает начало ответа вместе с пустой строкой.

    Args:
        status: код состояния.
        common: строки заголовков, общих всем ответам.
        headers: заголовки самого ответа.
        keep_alive: останется ли соединение.
    """
    close = b"" if keep_alive else _CLOSE
    return b"".join(
        [_STATUS_LINES[status], common, header_lines(headers), close, b"\r\n"],
    )


def check_headers(headers: Headers) -> None:
    """Проверяет, что заголовки не начнут новой строки и не станут другими.

    Raises:
        ValueError: имя или значение не то.
    """
    for name, value in headers:
        if _NOT_A_NAME.search(name) or _NOT_A_VALUE.search(value):
            raise ValueError("a response header is malformed")
