"""Начало запроса: то, чего не проверяет llhttp внутри httptools.

Сам он строг к Content-Length вместе с Transfer-Encoding, двум Content-Length, пробелу перед
двоеточием, переносу строки в заголовке.
"""

import re
from collections.abc import Sequence

from attrs import frozen
from httptools import HttpRequestParser

from entrypoints.server.limits import MAX_HEAD, MAX_HEADERS

# RFC 3986, 3.2.2 и 3.2.3.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_LINE_EXTRA = len(b": \r\n")


@frozen
class RefusalError(Exception):
    """Запрос нельзя принять.

    Attributes:
        code: вид отказа: один из ``PROBLEM_TYPES``.
    """

    code: str


def check_head(url: bytes, headers: Sequence[tuple[bytes, bytes]], version: str) -> None:
    """Проверяет строку запроса и заголовки.

    Raises:
        RefusalError: запрос нельзя принять.
    """
    if len(headers) > MAX_HEADERS or _size(url, headers) > MAX_HEAD:
        raise RefusalError("headers_too_large")
    hosts = encodings = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if _HOST.fullmatch(value) is None:
                raise RefusalError("bad_request")
        elif name == b"transfer-encoding":
            encodings += 1
            if value.lower() != b"chunked" or version == "1.0":
                raise RefusalError("bad_request")
    # RFC 9112, 3.2: в HTTP/1.1 Host ровно один.
    is_ambiguous = hosts > 1 or encodings > 1 or (hosts == 0 and version != "1.0")
    if is_ambiguous or version not in {"1.1", "1.0"}:
        raise RefusalError("bad_request")


def is_upgrade(parser: HttpRequestParser) -> bool:
    """Говорит, просит ли запрос сменить протокол; за такую просьбу httptools считает и CONNECT."""
    return parser.should_upgrade() and parser.get_method() != b"CONNECT"


def head_without_upgrade(
    url: bytes, headers: Sequence[tuple[bytes, bytes]], parser: HttpRequestParser
) -> bytes:
    """Собирает голову запроса снова, без Upgrade: другой протокол ни к чему (RFC 9110, 7.8).

    С ним httptools не читает тела, а HttpClient из JDK просит h2c в каждом запросе.
    """
    start = b"%b %b HTTP/%b" % (parser.get_method(), url, parser.get_http_version().encode())
    fields = [b"%b: %b" % field for field in headers if field[0] != b"upgrade"]
    return b"\r\n".join([start, *fields, b"", b""])


def _size(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + _LINE_EXTRA for name, value in headers)
