"""Ответы об ошибках: RFC 9457 ``application/problem+json``, виды отказов и коды состояния."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
from attrs import field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from application.customer_repository import (
    RepositoryOverloadedError,
    RepositoryUnavailableError,
)
from domain.errors import BrokenRule, DomainError
from entrypoints.http.accept_language import request_language
from entrypoints.refusals import in_words, refusal
from entrypoints.texts import Language, text

STATUSES: Mapping[str, HTTPStatus] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "email_taken": HTTPStatus.BAD_REQUEST,
    "cors_refused": HTTPStatus.BAD_REQUEST,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "request_timeout": HTTPStatus.REQUEST_TIMEOUT,
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid_customer": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_body": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_idempotency_key": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "headers_too_large": HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "not_ready": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Все виды отказов и их коды состояния; других кодов об ошибках сервис не отвечает."""

MEDIA_TYPE = "application/problem+json"

_CLIENT_GONE = 499  # так это зовёт nginx; 400 значило бы, что адрес занят
_RETRY_AFTER = 2  # секунды: столько обычно занимает перезапуск PostgreSQL


@frozen
class ProblemError(Exception):
    """Отказ в понятиях HTTP.

    Attributes:
        code: вид отказа: один из ``STATUSES``, он же код фраз в ``entrypoints.texts``.
        values: значения для фразы.
        broken_rules: что именно не так, если это можно назвать.
        headers: заголовки ответа сверх обычных.
    """

    code: str
    values: Mapping[str, object] = field(factory=dict)
    broken_rules: Sequence[BrokenRule] = ()
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def status(self) -> HTTPStatus:
        """Код состояния этого вида отказа."""
        return STATUSES[self.code]


def problem_type(code: str) -> str:
    """Возвращает URI вида отказа: по нему сервис отдаёт его описание (RFC 9457, 3.1.1)."""
    return f"/problems/{code}"


def problem_body(problem: ProblemError, language: Language) -> bytes:
    """Возвращает тело ответа об ошибке (RFC 9457, 3), типа ``MEDIA_TYPE``."""
    content: dict[str, object] = {
        "type": problem_type(problem.code),
        "title": text(f"{problem.code}.title", language),
        "status": problem.status.value,
        "detail": text(problem.code, language, **problem.values),
    }
    if problem.broken_rules:
        content["errors"] = in_words(problem.broken_rules, language)
    return orjson.dumps(content)


def problem_headers(problem: ProblemError, language: Language) -> dict[str, str]:
    """Возвращает заголовки ответа об ошибке, кроме длины и типа тела."""
    headers = {"Content-Language": language.value, "Vary": "Accept-Language"}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_AFTER)
    return headers | dict(problem.headers)


def problem_response(request: Request, problem: ProblemError) -> Response:
    """Строит ответ об ошибке на языке читателя."""
    language = request_language(request.headers)
    return Response(
        problem_body(problem, language),
        problem.status,
        problem_headers(problem, language),
        media_type=MEDIA_TYPE,
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Отвечает на исключение, которое дошло до границы HTTP."""
    return problem_response(request, _problem(error))


def _problem(error: Exception) -> ProblemError:
    """Даёт исключению вид отказа; больше их не даёт никто."""
    match error:
        case ProblemError():
            return error
        case DomainError() if refused := refusal(error):
            return ProblemError(refused.code, refused.values, refused.broken_rules)
        case RepositoryOverloadedError():
            return ProblemError("overloaded")
        case RepositoryUnavailableError():
            return ProblemError("unavailable")
        case HTTPException():
            return _framework_problem(error)
        case _:
            return ProblemError("internal_error")


_FRAMEWORK_CODES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


def _framework_problem(error: HTTPException) -> ProblemError:
    """Переводит отказ самого Starlette, сохраняя его заголовки (``Allow`` у 405)."""
    code = _FRAMEWORK_CODES.get(error.status_code, "bad_request")
    return ProblemError(code, headers=error.headers or {})


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Завершает запрос, чей отправитель ушёл, не дослав тела: отвечать уже некому."""
    return Response(status_code=_CLIENT_GONE)


EXCEPTION_HANDLERS = {
    ClientDisconnect: on_disconnect,
    ProblemError: on_error,
    DomainError: on_error,
    RepositoryUnavailableError: on_error,
    HTTPException: on_error,
    Exception: on_error,
}
"""Обработчики Starlette: он сам ищет самый близкий класс, а ``Exception`` ловит снаружи всего."""
