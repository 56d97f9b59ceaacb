"""Готовый ответ: код, заголовки и тело байтами."""

from attrs import define
from starlette.types import Send


@define
class RawAnswer:
    """Ответ.

    Attributes:
        status: код состояния.
        headers: заголовки, имена строчными; длина и тип тела среди них.
        body: тело.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        """Посылает ответ сообщениями ASGI."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})
