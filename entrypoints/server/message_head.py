"""Начало сообщения HTTP/1.1 (RFC 9112, 2.1): запроса, после разбора, и ответа, байтами.

В запросе здесь проверяется то, чего не проверяет llhttp внутри httptools. Сам он строг к
Content-Length вместе с Transfer-Encoding, двум Content-Length, пробелу перед двоеточием, переносу
строки в заголовке.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus

from attrs import define, frozen
from httptools import HttpParserInvalidURLError, HttpRequestParser, parse_url

from entrypoints.server.limits import MAX_HEAD, MAX_HEADERS

# RFC 3986, 3.2.2 и 3.2.3.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_SINGLE = (b"host", b"transfer-encoding")
_LINE_EXTRA = len(b": \r\n")
_HEADER_OBJECTS = 150  # байтов памяти: пара из имени и значения сверх их знаков

UNREAD_METHOD = "-"
"""Вместо метода запроса, начала которого не прочесть."""


@frozen
class RefusalError(Exception):
    """Запрос нельзя принять.

    Attributes:
        code: вид отказа (``entrypoints.problem_catalogue``).
    """

    code: str


@define(eq=False)
class RequestHead:
    """Строка запроса и заголовки.

    Attributes:
        method: метод или ``UNREAD_METHOD``.
        target: цель запроса, как прислана (RFC 9112, 3.2).
        version: версия HTTP, ``1.1`` или ``1.0``.
        headers: имена строчными и значения, в порядке прихода.
        keep_alive: хочет ли отправитель оставить соединение.
        awaits_continue: ждёт ли он разрешения слать тело (RFC 9110, 10.1.1).
    """

    method: str
    target: bytes
    version: str
    headers: list[tuple[bytes, bytes]]
    keep_alive: bool
    awaits_continue: bool = False

    @property
    def head_weight(self) -> int:
        """Сколько примерно байтов памяти занимают эти строки."""
        return _size(self.target, self.headers) + len(self.headers) * _HEADER_OBJECTS

    def path_and_query(self) -> tuple[bytes, bytes]:
        """Делит цель запроса; у абсолютной (RFC 9112, 3.2.2) узел отбрасывает.

        Raises:
            RefusalError: цель не разобрать.
        """
        if self.method == UNREAD_METHOD:
            return self.target, b""
        try:
            target = parse_url(self.target)
        except HttpParserInvalidURLError:
            raise RefusalError("bad_request") from None
        return target.path or b"/", target.query or b""


def check_head(head: RequestHead, received: int) -> dict[bytes, bytes] | None:
    """Проверяет строку запроса и заголовки.

    Args:
        head: они.
        received: сколько байтов пришло с их начала: голова не длиннее.

    Returns:
        Значения заголовков по именам; ``None`` — какое-то имя повторяется.

    Raises:
        RefusalError: запрос нельзя принять.
    """
    headers, version = head.headers, head.version
    is_large = received > MAX_HEAD and _size(head.target, headers) > MAX_HEAD
    if is_large or len(headers) > MAX_HEADERS:
        raise RefusalError("headers_too_large")
    fields = dict(headers)
    is_unique = len(fields) == len(headers)
    # RFC 9112, 3.2: в HTTP/1.1 Host ровно один.
    if version not in {"1.1", "1.0"} or (version == "1.1" and b"host" not in fields):
        raise RefusalError("bad_request")
    if not is_unique and any(_count(headers, name) > 1 for name in _SINGLE):
        raise RefusalError("bad_request")
    if not _is_host(fields.get(b"host", b"")):
        raise RefusalError("bad_request")
    coding = fields.get(b"transfer-encoding")
    if coding is not None and (coding.lower() != b"chunked" or version == "1.0"):
        raise RefusalError("bad_request")
    return fields if is_unique else None


@lru_cache(maxsize=64)  # у одного сервиса он почти всегда один и тот же
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def _count(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> int:
    return sum(given == name for given, _ in headers)


def expects_continue(head: RequestHead) -> bool:
    """Говорит, ждёт ли отправитель разрешения слать тело; в HTTP/1.0 не ждут (RFC 9110, 10.1.1)."""
    return head.version != "1.0" and (b"expect", b"100-continue") in [
        (name, value.lower()) for name, value in head.headers if name == b"expect"
    ]


def is_upgrade(parser: HttpRequestParser) -> bool:
    """Отличает просьбу сменить протокол от CONNECT: ``should_upgrade`` верно и для него."""
    return bool(parser.get_method() != b"CONNECT")


def head_without_upgrade(
    url: bytes, headers: Sequence[tuple[bytes, bytes]], parser: HttpRequestParser
) -> bytes:
    """Собирает голову запроса снова, без Upgrade: другой протокол ни к чему (RFC 9110, 7.8).

    С ним httptools не читает тела, а HttpClient из JDK просит h2c в каждом запросе.
    """
    start = b"%b %b HTTP/%b" % (parser.get_method(), url, parser.get_http_version().encode())
    fields = [b"%b: %b" % field for field in headers if field[0] != b"upgrade"]
    return b"\r\n".join([start, *fields, b"", b""])


def _size(target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    return len(target) + sum(len(name) + len(value) + _LINE_EXTRA for name, value in headers)


type Headers = Iterable[tuple[bytes, bytes]]

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {
    status: f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n".encode()
    for status in range(100, 600)
}
_CLOSE = b"connection: close\r\n\r\n"
# RFC 9110, 5.1 и 5.5: имя — token, в значении нет управляющих знаков, кроме табуляции.
_NOT_A_NAME = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]|^$")
_NOT_A_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Разрешение слать тело тому, кто о нём спросил (RFC 9110, 10.1.1)."""


def header_line(header: tuple[bytes, bytes]) -> bytes:
    """Записывает заголовок строкой."""
    return b"%b: %b\r\n" % header


def header_lines(headers: Headers) -> bytes:
    """Записывает заголовки строками."""
    return b"".join(map(header_line, headers))


cached_header_lines = lru_cache(maxsize=512)(header_lines)
"""``header_lines`` о кортеже заголовков, какие бывают у многих ответов: записанное помнится."""


def response_head(status: int, lines: bytes, *, keep_alive: bool) -> bytes:
    """Записывает начало ответа вместе с пустой строкой.

    Args:
        status: код состояния.
        lines: строки заголовков.
        keep_alive: останется ли соединение.
    """
    return _STATUS_LINES[status] + lines + (b"\r\n" if keep_alive else _CLOSE)


def check_headers(headers: Headers) -> None:
    """Проверяет, что заголовки не начнут новой строки и не станут другими.

    Raises:
        ValueError: имя или значение не то.
    """
    for name, value in headers:
        if _NOT_A_NAME.search(name) or _NOT_A_VALUE.search(value):
            raise ValueError("a response header is malformed")
