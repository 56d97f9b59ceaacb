"""Правила о заголовках запроса, которых не проверяет llhttp."""

import re
from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from entrypoints.http.limits import MAX_HEAD, MAX_HEADERS

type Headers = Sequence[tuple[bytes, bytes]]

# RFC 3986, 3.2.2 и 3.2.3.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_LINE_EXTRA = len(b": \r\n")


@frozen
class HeadError(Exception):
    """Запрос с такими заголовками нельзя принять.

    Attributes:
        code: вид отказа.
    """

    code: str


def check_size(url: bytes, headers: Headers) -> None:
    """Проверяет размер адреса и заголовков вместе.

    Raises:
        HeadError: они больше ``MAX_HEAD``.
    """
    lines = sum(len(name) + len(value) + _LINE_EXTRA for name, value in headers)
    if len(url) + lines > MAX_HEAD:
        raise HeadError("headers_too_large")


def check_head(headers: Headers, version: str) -> None:
    """Проверяет версию, число заголовков, Host и Transfer-Encoding.

    Raises:
        HeadError: заголовков слишком много, или запрос можно понять по-разному.
    """
    if len(headers) > MAX_HEADERS:
        raise HeadError("headers_too_large")
    is_valid = version in {"1.1", "1.0"}
    hosts = encodings = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            is_valid &= _is_host(value)
        elif name == b"transfer-encoding":
            encodings += 1
            # RFC 9112, 6.1: других кодирований здесь не знают, а HTTP/1.0 не знает никаких.
            is_valid &= value.lower() == b"chunked" and version == "1.1"
    # RFC 9112, 3.2: в HTTP/1.1 Host ровно один.
    is_clear = hosts <= 1 and encodings <= 1 and (hosts == 1 or version == "1.0")
    if not (is_valid and is_clear):
        raise HeadError("bad_request")


# Значений Host у сервиса немного, а разбирать его пришлось бы на каждый запрос.
@lru_cache(maxsize=64)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None
