"""Чтение ``POST /register``: что должно быть в заголовках и сколько байтов в теле."""

from starlette.requests import Request

from application.idempotency import InvalidIdempotencyKeyError
from domain.text import ascii_integer
from entrypoints.http.idempotency_key_header import idempotency_key
from entrypoints.problem_error import ProblemError

MAX_BODY = 16 * 1024
"""Предел тела запроса в байтах."""

_NOT_ENCODED = frozenset({"", "identity"})


async def read_request(request: Request) -> tuple[bytes, str | None]:
    """Читает тело и ключ идемпотентности.

    Raises:
        application.idempotency.InvalidIdempotencyKeyError: заголовок ``Idempotency-Key`` неверен,
            или их несколько.
        ProblemError: тело не ``application/json``, сжато или слишком велико.
    """
    types, encodings, lengths, key_values = _header_values(
        request, b"content-type", b"content-encoding", b"content-length", b"idempotency-key"
    )
    _check_media_type("".join(types[:1]))
    _check_encoding(",".join(encodings))
    # Коротким путём повторённый заголовок не идёт.
    if len(key_values) > 1:
        raise InvalidIdempotencyKeyError
    # Ключ бывает только в заголовке: одноимённое поле тела неизвестно, как и любое другое.
    key = idempotency_key(key_values[0]) if key_values else None
    return await _read(request, "".join(lengths[:1])), key


def _header_values(request: Request, *names: bytes) -> list[list[str]]:
    """Собирает значения заголовков за один обход: Headers на каждый вопрос обходит все."""
    found: dict[bytes, list[str]] = {name: [] for name in names}
    for name, value in request.scope["headers"]:
        if name in found:
            found[name].append(value.decode("latin-1"))
    return list(found.values())


def _check_media_type(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise ProblemError("unsupported_media_type")


def _check_encoding(content_encoding: str) -> None:
    if content_encoding.strip().lower() not in _NOT_ENCODED:
        # Чем сжимать можно, ответ говорит сам (RFC 9110, 15.5.16): ничем.
        raise ProblemError("unsupported_content_encoding", headers={"Accept-Encoding": "identity"})


async def _read(request: Request, content_length: str) -> bytes:
    """Читает тело, не держа в памяти больше предела.

    ``max_body_size`` самого Starlette 1.10 на слишком большой Content-Length отвечает простым
    текстом мимо обработчиков, а здесь каждая ошибка — problem+json.
    """
    # Без длины или с неверной предел найдёт чтение.
    if (ascii_integer(content_length) or 0) > MAX_BODY:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _too_large()
    return bytes(body)


def _too_large() -> ProblemError:
    return ProblemError("body_too_large", {"max": MAX_BODY})
