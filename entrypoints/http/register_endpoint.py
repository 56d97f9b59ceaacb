"""``POST /register``: зарегистрировать покупателя."""

from collections.abc import Callable
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from application.register_customer import RegisterCustomer, RegisterCustomerCommand
from entrypoints.customer_document import customer_document
from entrypoints.http.raw_answer import RawAnswer
from entrypoints.http.register_request import read_command

_JSON = (b"content-type", b"application/json")
_REPLAYED = (b"idempotency-replayed", b"true")


class RegisterEndpoint:
    """Отвечает на регистрацию; приложение ASGI и короткий путь зовут одно и то же."""

    def __init__(self, count_replay: Callable[[], None]) -> None:
        """Создаёт приложение; ``count_replay`` узнаёт о каждом повторе по ключу."""
        self._count_replay = count_replay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает 201 и записанным покупателем; отказы превращает в ответы ``problems``."""
        command = await read_command(Request(scope, receive))
        answer = await self.answer(scope["state"]["register_customer"], command)
        await answer.send(send)

    async def answer(
        self, register_customer: RegisterCustomer, command: RegisterCustomerCommand
    ) -> RawAnswer:
        """Регистрирует покупателя; ошибки те же, что у варианта использования."""
        registration = await register_customer(command)
        body = orjson.dumps(customer_document(registration.customer))
        headers = [(b"content-length", b"%d" % len(body)), _JSON]
        if registration.is_replay:
            self._count_replay()
            headers.insert(0, _REPLAYED)
        return RawAnswer(HTTPStatus.CREATED, headers, body)
