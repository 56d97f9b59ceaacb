"""Ответы об ошибках: RFC 9457 ``application/problem+json``."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from application.customer_repository import RepositoryUnavailableError
from domain.errors import DomainError
from entrypoints.http.accept_language import request_language
from entrypoints.problem_error import ProblemError, known_problem
from entrypoints.texts import Language

MEDIA_TYPE = "application/problem+json"

_CLIENT_GONE = 499  # так это зовёт nginx; 400 значило бы, что адрес занят
_RETRY_AFTER = 2  # секунды: столько обычно занимает перезапуск PostgreSQL

_PASSING = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


def type_uri(code: str) -> str:
    """Возвращает URI вида отказа: по нему сервис отдаёт его описание (RFC 9457, 3.1.1)."""
    return f"/problems/{code}"


def problem_body(problem: ProblemError, language: Language) -> bytes:
    """Возвращает тело ответа об ошибке (RFC 9457, 3), типа ``MEDIA_TYPE``."""
    content: dict[str, object] = {
        "type": type_uri(problem.code),
        "title": problem.title(language),
        "status": problem.status.value,
        "detail": problem.detail(language),
    }
    if problem.broken_rules:
        if problem.field is not None:
            content["field"] = problem.field
        content["errors"] = problem.errors(language)
    return orjson.dumps(content)


def problem_headers(problem: ProblemError, language: Language) -> dict[str, str]:
    """Возвращает заголовки ответа об ошибке, кроме длины и типа тела."""
    headers = {"Content-Language": language.value, "Vary": "Accept-Language"}
    if problem.status in _PASSING:
        headers["Retry-After"] = str(_RETRY_AFTER)
    return headers | dict(problem.headers)


def problem_response(request: Request, problem: ProblemError) -> Response:
    """Строит ответ об ошибке на языке читателя."""
    return translated_response(request_language(request.headers), problem)


def translated_response(language: Language, problem: ProblemError) -> Response:
    """Строит ответ об ошибке на этом языке."""
    return Response(
        problem_body(problem, language),
        problem.status,
        problem_headers(problem, language),
        media_type=MEDIA_TYPE,
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Отвечает на исключение, которое дошло до границы HTTP."""
    return problem_response(request, http_problem(error))


def http_problem(error: Exception) -> ProblemError:
    """Превращает в отказ любое исключение: и Starlette, и неожиданное (это ошибка наша)."""
    match error:
        case ProblemError():
            return error
        case HTTPException():
            return _framework_problem(error)
        case _:
            return known_problem(error) or ProblemError("internal_error")


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


REFUSING_ERRORS = (ProblemError, DomainError, RepositoryUnavailableError, HTTPException)
"""Ошибки, которыми сервис отказывает; прочие — наши, и о них пишет журнал."""

EXCEPTION_HANDLERS = {
    ClientDisconnect: on_disconnect,
    **dict.fromkeys(REFUSING_ERRORS, on_error),
    Exception: on_error,
}
"""Обработчики Starlette: он сам ищет самый близкий класс, а ``Exception`` ловит снаружи всего."""
