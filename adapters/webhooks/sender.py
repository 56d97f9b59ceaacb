"""Отправитель: событие, подпись и ответ подписчика.

Только в этом пакете импортируется aiohttp: процесс без подписчиков за него не платит.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from attrs import define, field, frozen

from adapters.event_messages import EventMessages
from adapters.webhooks.head_first import read_head_first
from application.relay import WINDOW
from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent

_MOST = 16_384  # байт ответа, которые ещё стоит дочитать, чтобы соединение послужило снова
# Байт, которые приходят разом. Ответ из тысяч кусков разбирают без передышки, и регистрации того же
# процесса ждали бы; чем меньше пришло, тем короче разбор.
_AT_ONCE = 16_384
_READING = 0.5  # секунд на это; каков ответ, известно и без его тела
_GONE = 410
# От частного к общему. Адреса подписчика в словах нет: в нём бывает пароль.
_FAULTS = (
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientConnectorDNSError, "its name is not resolved"),
    (aiohttp.ClientSSLError, "no TLS with it"),
    (aiohttp.ClientConnectorError, "it does not accept connections"),
    (aiohttp.ClientConnectionError, "it closed the connection without an answer"),
    (aiohttp.ClientResponseError, "what it answers is no HTTP"),
    (aiohttp.InvalidURL, "its address is not valid"),
)


@frozen(kw_only=True)
class WebhookTarget:
    """Куда слать события.

    Attributes:
        name: имя подписчика.
        url: адрес, http или https.
        keys: ключи; подписывают каждым.
    """

    name: str
    url: str = field(repr=False)
    keys: Sequence[bytes] = field(repr=False)


@define(eq=False)
class WebhookSubscriber(Subscriber):
    """Подписчик, которому события шлют вызовом POST.

    Attributes:
        target: куда слать.
        sessions: чем слать: сначала первой, а если соединение оказалось мёртвым, второй.
        messages: что слать.
    """

    _target: WebhookTarget
    _sessions: Sequence[aiohttp.ClientSession]
    _messages: EventMessages

    @property
    def name(self) -> str:
        """Имя."""
        return self._target.name

    async def receive(self, event: WaitingEvent) -> Answer:
        """Посылает событие и возвращает ответ."""
        body, headers = self._messages.made(event, self._target.keys)
        first, fresh = self._sessions
        try:
            try:
                return await self._post(first, body, headers)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                # Подписчик закрыл соединение, пока оно ждало следующего вызова: обычное дело.
                return await self._post(fresh, body, headers)
        except aiohttp.ClientError as error:
            return Answer(failure=_told(error))

    async def _post(
        self, session: aiohttp.ClientSession, body: bytes, headers: dict[str, str]
    ) -> Answer:
        # Перенаправление aiohttp исполнило бы вызовом GET, и чужой 200 сошёл бы за принятое.
        async with session.post(
            self._target.url, data=body, headers=headers, allow_redirects=False
        ) as response:
            await _read(response)
        if 200 <= response.status < 300:  # noqa: PLR2004 — RFC 9110, 15.3
            return Answer()
        return Answer(
            failure=f"HTTP {response.status}",
            retry_after=_seconds(response.headers.get("Retry-After"), self._messages.clock()),
            is_gone=response.status == _GONE,
        )


async def _read(response: aiohttp.ClientResponse) -> None:
    """Дочитывает ответ, если он короток; длинный и медленный обрывает вместе с соединением."""
    if response.content.is_eof():
        return  # уже пришёл весь, как приходит почти каждый
    size = 0
    try:
        async with asyncio.timeout(_READING):
            async for chunk in response.content.iter_any():
                size += len(chunk)
                if size > _MOST:
                    break
            else:
                return
    except (TimeoutError, aiohttp.ClientError):
        pass
    response.close()


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Читает ``Retry-After``, число секунд или дату (RFC 9110, 10.2.3); негодное — ничто."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - now).total_seconds()
    except (ValueError, OverflowError):  # не дата, или года и пояса такого нет
        return None


def _told(error: aiohttp.ClientError) -> str:
    return next((told for kind, told in _FAULTS if isinstance(error, kind)), type(error).__name__)


@asynccontextmanager
async def webhook_subscribers(
    targets: Sequence[WebhookTarget], messages: EventMessages
) -> AsyncIterator[Sequence[WebhookSubscriber]]:
    """Открывает подписчиков; в конце закрывает соединения с ними.

    Args:
        targets: куда слать.
        messages: что слать.
    """
    async with AsyncExitStack() as stack:
        yield [
            WebhookSubscriber(
                target,
                [
                    await stack.enter_async_context(_session(is_kept=is_kept))
                    for is_kept in (True, False)
                ],
                messages,
            )
            for target in targets
        ]


def _session(*, is_kept: bool) -> aiohttp.ClientSession:
    """Готовит соединения: без посредников из окружения, без печений и без распаковки ответов.

    Срока у них нет: он у вызывающего, а второй такой же стоил бы двадцатой части всей рассылки.
    """
    connector = aiohttp.TCPConnector(limit=WINDOW, force_close=not is_kept, socket_factory=_socket)
    read_head_first(connector)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(),
        read_bufsize=_AT_ONCE,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": "crm-api", "Accept-Encoding": "identity"},
    )


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, *_ = address
    opened = socket.socket(family, kind, protocol)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _AT_ONCE)
    return opened
