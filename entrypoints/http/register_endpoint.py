"""``POST /register``: зарегистрировать покупателя."""

from collections.abc import Callable
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from application.register_customer import RegisterCustomer
from entrypoints.customer_document import customer_document
from entrypoints.http.register_request import read_command

_REPLAYED = {"Idempotency-Replayed": "true"}


class RegisterEndpoint:
    """Приложение ASGI, а не функция: функцию Starlette оборачивает ещё раз, а путь горячий."""

    def __init__(self, count_replay: Callable[[], None]) -> None:
        """Создаёт приложение; ``count_replay`` узнаёт о каждом повторе по ключу."""
        self._count_replay = count_replay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает 201 и записанным покупателем; отказы превращает в ответы ``problems``."""
        register_customer: RegisterCustomer = scope["state"]["register_customer"]
        registration = await register_customer(await read_command(Request(scope, receive)))
        if registration.is_replay:
            self._count_replay()
        answer = Response(
            orjson.dumps(customer_document(registration.customer)),
            HTTPStatus.CREATED,
            _REPLAYED if registration.is_replay else None,
            media_type="application/json",
        )
        await answer(scope, receive, send)
