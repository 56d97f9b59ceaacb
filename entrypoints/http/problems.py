"""Ответы об ошибках: RFC 9457 ``application/problem+json`` и коды состояния."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
from attrs import field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from application.customer_repository import RepositoryUnavailableError
from domain.errors import BrokenRule, DomainError, EmailAlreadyRegisteredError, InvalidCustomerError
from entrypoints.http.language import preferred_language
from entrypoints.texts import text

_CLIENT_GONE = 499  # так это зовёт nginx; 400 значило бы, что адрес занят
_RETRY_AFTER = 2  # секунды: столько обычно занимает перезапуск PostgreSQL


@frozen
class ProblemError(Exception):
    """Отказ в понятиях HTTP.

    Attributes:
        status: код состояния.
        code: код фразы в ``entrypoints.texts``.
        values: значения для фразы.
        broken_rules: что именно не так, если это можно назвать.
        headers: заголовки ответа сверх обычных.
    """

    status: HTTPStatus
    code: str
    values: Mapping[str, object] = field(factory=dict)
    broken_rules: Sequence[BrokenRule] = ()
    headers: Mapping[str, str] = field(factory=dict)


def problem_response(request: Request, problem: ProblemError) -> Response:
    """Строит ответ об ошибке на языке читателя."""
    language = preferred_language(request.headers.get("accept-language"))
    content: dict[str, object] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": text(problem.code, language, **problem.values),
    }
    if problem.broken_rules:
        content["errors"] = [
            {
                "field": rule.field,
                "code": rule.code,
                "detail": text(rule.code, language, **rule.limits),
            }
            for rule in problem.broken_rules
        ]
    return Response(
        orjson.dumps(content),
        problem.status,
        {"Content-Language": language, "Vary": "Accept-Language", **problem.headers},
        media_type="application/problem+json",
    )


async def on_error(request: Request, error: Exception) -> Response:
    """Отвечает на исключение, которое дошло до границы HTTP."""
    return problem_response(request, _problem(error))


_UNAVAILABLE = ProblemError(
    HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", headers={"Retry-After": str(_RETRY_AFTER)}
)
_INTERNAL = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")


def _problem(error: Exception) -> ProblemError:
    """Даёт исключению код состояния; больше их не даёт никто."""
    match error:
        case ProblemError():
            return error
        case EmailAlreadyRegisteredError(email=email):
            return ProblemError(HTTPStatus.BAD_REQUEST, "email_taken", {"email": email})
        case InvalidCustomerError(broken_rules=broken_rules):
            return ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_customer", broken_rules=broken_rules
            )
        case RepositoryUnavailableError():
            return _UNAVAILABLE
        case HTTPException():
            return _framework_problem(error)
        case _:
            return _INTERNAL


_FRAMEWORK_CODES = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
}


def _framework_problem(error: HTTPException) -> ProblemError:
    """Переводит отказ самого Starlette, сохраняя его заголовки (``Allow`` у 405)."""
    status = HTTPStatus(error.status_code)
    code = _FRAMEWORK_CODES.get(status, "request_refused")
    return ProblemError(status, code, headers=error.headers or {})


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
