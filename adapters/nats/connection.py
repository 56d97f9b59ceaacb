"""Соединение с NATS: открывается по необходимости, а оборвавшееся открывается заново.

Сам клиент этого не делает: посланное без связи он хранит и досылает, когда о нём уже решено.
"""

import asyncio
from contextlib import suppress

from attrs import field, frozen
from nats.aio.client import Client
from nats.js import JetStreamContext

_CONNECTING = 2  # секунд на соединение: меньше попытки
_PING = 5  # секунд между проверками соединения, в котором тихо
_CLOSING = 1.0  # секунд: сервер, который замер, прощания не дождётся


@frozen(kw_only=True)
class NatsServer:
    """Сервер и за кого себя на нём выдать.

    Attributes:
        address: ``узел:порт``.
        user: имя.
        password: пароль; без имени их нет.
        token: пропуск, если вместо имени и пароля он.
    """

    address: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


class NatsConnection:
    """Соединение, одно на всех, кто шлёт через него.

    Attributes:
        last_error: последнее, о чём сервер сказал сам, не отвечая никому: нет права, нет связи;
            с тех пор как посланное принято, это уже не причина, и кто послал, тот её забывает.
    """

    def __init__(self, server: NatsServer) -> None:
        """Готовит соединение, ничего не открывая.

        Args:
            server: с кем.
        """
        self.last_error: Exception | None = None
        self._server = server
        self._client: Client | None = None
        self._opening: asyncio.Task[JetStreamContext] | None = None

    async def opened(self) -> JetStreamContext:
        """Возвращает открытое; кто ждал, пока соединялся сосед, узнаёт его исход.

        Raises:
            nats.errors.Error: сервер отказал.
            OSError: до него не добраться.
        """
        if self._client is not None and self._client.is_connected:
            return self._client.jetstream()
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._on_opened)
        return await asyncio.shield(self._opening)

    async def aclose(self) -> None:
        """Закрывает."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._client is not None:
            client, self._client = self._client, None
            await _close(client)

    async def _open(self) -> JetStreamContext:
        if self._client is not None:
            client, self._client = self._client, None
            await _close(client)
        self.last_error = None
        client = Client()
        try:
            # Имя и пароль порознь: записанного через процент клиент в адресе не раскрывает.
            await client.connect(
                [f"nats://{self._server.address}"],
                user=self._server.user,
                password=self._server.password,
                token=self._server.token,
                name="crm-api",
                error_cb=self._on_error,
                allow_reconnect=False,
                # Иначе к тому, кто не отвечает, клиент стучался бы без конца.
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=_CONNECTING,
                ping_interval=_PING,
                max_outstanding_pings=1,
            )
        except BaseException:
            await _close(client)
            raise
        self._client = client
        return client.jetstream()

    def _on_opened(self, opening: "asyncio.Task[JetStreamContext]") -> None:
        self._opening = None
        if not opening.cancelled():
            opening.exception()  # тот, кто ждал, мог уже уйти

    async def _on_error(self, error: Exception) -> None:
        self.last_error = error


async def _close(client: Client) -> None:
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(_CLOSING):
            await client.close()
