"""``POST /register``: зарегистрировать покупателя."""

from datetime import datetime
from http import HTTPStatus

import orjson
from cattrs.preconf.orjson import make_converter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from application.register_customer import RegisterCustomer
from domain.customer import Customer
from entrypoints.http.json_body import read_command

_converter = make_converter()
_converter.register_unstructure_hook(
    # RFC 3339; всегда шесть цифр, чтобы читателю не разбирать два вида.
    datetime,
    lambda moment: moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
)

_REPLAYED = {"Idempotency-Replayed": "true"}


class RegisterEndpoint:
    """Приложение ASGI, а не функция: функцию Starlette оборачивает ещё раз, а путь горячий."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Отвечает 201 и записанным покупателем; отказы превращает в ответы ``problems``."""
        register_customer: RegisterCustomer = scope["state"]["register_customer"]
        registration = await register_customer(await read_command(Request(scope, receive)))
        answer = Response(
            _as_json(registration.customer),
            HTTPStatus.CREATED,
            _REPLAYED if registration.is_replay else None,
            media_type="application/json",
        )
        await answer(scope, receive, send)


def _as_json(customer: Customer) -> bytes:
    # Номер — первым, остальное в порядке полей покупателя.
    return orjson.dumps({"id": customer.id, **_converter.unstructure(customer)})
