"""``POST /register``: зарегистрировать покупателя."""

from collections.abc import Callable
from http import HTTPStatus

import orjson
from attrs import evolve
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from application.register_customer import RegisterCustomer
from entrypoints.customer_document import customer_document
from entrypoints.http.ignored_fields import IGNORED_FIELDS
from entrypoints.http.problems import REFUSALS, problem_behind
from entrypoints.http.raw_answer import RawAnswer
from entrypoints.http.register_request import RegisterRequest, read_request

_JSON = (b"content-type", b"application/json")
_REPLAYED = (b"idempotency-replayed", b"true")


class RegisterEndpoint:
    """Отвечает на регистрацию; приложение ASGI и короткий путь зовут одно и то же."""

    def __init__(self, count_replay: Callable[[], None]) -> None:
        """Создаёт приложение; ``count_replay`` узнаёт о каждом повторе по ключу."""
        self._count_replay = count_replay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает 201 и записанным покупателем; отказы превращает в ответы ``problems``."""
        request = await read_request(Request(scope, receive))
        answer = await self.answer(scope["state"]["register_customer"], request)
        await answer.send(send)

    async def answer(
        self, register_customer: RegisterCustomer, request: RegisterRequest
    ) -> RawAnswer:
        """Регистрирует покупателя.

        Отказы те же, что у варианта использования, а если в теле были неизвестные поля, то
        ``ProblemError``, чей ответ их называет.
        """
        try:
            registration = await register_customer(request.command)
        except REFUSALS as error:
            if not request.ignored:
                raise
            problem = problem_behind(error)
            told = {**problem.headers, IGNORED_FIELDS: request.ignored}
            raise evolve(problem, headers=told) from None
        body = orjson.dumps(customer_document(registration.customer))
        headers = [(b"content-length", b"%d" % len(body)), _JSON]
        if registration.is_replay:
            self._count_replay()
            headers.insert(0, _REPLAYED)
        if request.ignored:
            headers.append((IGNORED_FIELDS.lower().encode(), request.ignored.encode()))
        return RawAnswer(HTTPStatus.CREATED, headers, body)
