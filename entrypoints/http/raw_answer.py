"""Готовый ответ: код, заголовки и тело байтами."""

from starlette.types import Send

from entrypoints.http.cors import HeaderFields

type RawAnswer = tuple[int, HeaderFields, bytes]
"""Код состояния; заголовки, имена строчными, длина и тип тела среди них; тело.

Кортеж, а не класс: он на каждом ответе, а экземпляр строится вдесятеро дольше.
"""


async def send_raw(answer: RawAnswer, send: Send) -> None:
    """Посылает ответ сообщениями ASGI."""
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
