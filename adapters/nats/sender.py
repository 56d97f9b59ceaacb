"""Отправитель: событие — сообщение потока JetStream, принятое — то, что поток записал.

Здесь и в соединении, и только здесь, импортируется nats: процесс без таких подписчиков за него не
платит.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from socket import gaierror
from time import monotonic

import nats.errors
import nats.js.errors
from attrs import define, field, frozen

from adapters.event_messages import EventMessages
from adapters.nats.connection import NatsConnection, NatsServer
from application.deliver_events import TRY
from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent

_MESSAGE_ID = "Nats-Msg-Id"
"""Заголовок, по которому поток узнаёт повтор; писать его надо именно так."""

_PATIENCE = TRY - 1.0
"""Секунд на одну попытку вместе с соединением: меньше, чем ждёт рассылка, иначе причины она не
узнает."""

_LONGEST = 100  # знаков того, что сервер сказал сам
_NO_STREAM = "no stream takes its subject"
_NOT_A_STREAM = "what answers on its subject is no stream"
# От частного к общему. Адреса сервера в словах нет: в нём бывает пароль.
_FAULTS = (
    (nats.js.errors.NoStreamResponseError, _NO_STREAM),
    (nats.errors.AuthorizationError, "it does not accept the credentials"),
    (nats.errors.MaxPayloadError, "the event is larger than it takes"),
    (nats.errors.TimeoutError, f"no acknowledgement in {_PATIENCE:g} s"),
    (nats.errors.ConnectionClosedError, "it closed the connection"),
    (nats.errors.UnexpectedEOF, "it closed the connection"),
    (nats.errors.StaleConnectionError, "it does not answer"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "no TLS with it"),
    (gaierror, "its name is not resolved"),
    (nats.errors.NoServersError, "it does not accept connections"),
    (OSError, "it does not accept connections"),
)
_SAID = {
    "authorization violation": "it does not accept the credentials",
    "permissions violation": "it does not allow its subject to this user",
}


@frozen(kw_only=True)
class NatsTarget:
    """Куда слать события.

    Attributes:
        name: имя подписчика.
        server: сервер.
        subject: под каким названием публиковать; по нему сообщение находит поток.
        keys: ключи; подписывают каждым, а без них не подписывают.
    """

    name: str
    server: NatsServer
    subject: str
    keys: Sequence[bytes] = field(repr=False)


@define(eq=False)
class NatsSubscriber(Subscriber):
    """Подписчик, чьи события хранит поток; читает он их оттуда сам.

    Attributes:
        target: куда слать.
        connection: чем слать.
        messages: что слать.
    """

    _target: NatsTarget
    _connection: NatsConnection
    _messages: EventMessages

    @property
    def name(self) -> str:
        """Имя."""
        return self._target.name

    async def receive(self, event: WaitingEvent) -> Answer:
        """Посылает событие и ждёт, пока поток скажет, что записал его, сейчас или раньше."""
        body, headers = self._messages.made(event, self._target.keys)
        headers[_MESSAGE_ID] = str(event.event_id)
        try:
            began_at = monotonic()
            stream = await self._connection.opened()
            patience = _PATIENCE - (monotonic() - began_at)
            await stream.publish(self._target.subject, body, patience, headers=headers)
        except (nats.errors.Error, OSError) as error:
            return Answer(failure=self._told(error))
        except (ValueError, TypeError, KeyError):
            # Отвечает на сообщение всякий, кто его слушает, а хранит его только поток.
            return Answer(failure=_NOT_A_STREAM)
        self._connection.last_error = None
        return Answer()

    def _told(self, error: Exception) -> str:
        if isinstance(error, nats.js.errors.APIError):
            said = (error.description or "")[:_LONGEST]
            return f"its stream refuses: {said} ({error.err_code or error.code})"
        # О запрете и о том, почему не соединиться, сказано раньше и мимо самой попытки.
        cause = self._connection.last_error
        is_vague = isinstance(error, nats.errors.NoServersError | nats.errors.TimeoutError)
        return _named(cause if is_vague and cause is not None else error)


def _named(error: Exception) -> str:
    said = str(error).lower()
    for part, told in _SAID.items():
        if part in said:
            return told
    return next((told for kind, told in _FAULTS if isinstance(error, kind)), type(error).__name__)


@asynccontextmanager
async def nats_subscribers(
    targets: Sequence[NatsTarget], messages: EventMessages
) -> AsyncIterator[Sequence[NatsSubscriber]]:
    """Открывает подписчиков; в конце закрывает соединения с ними.

    Args:
        targets: куда слать.
        messages: что слать.
    """
    async with AsyncExitStack() as stack:
        yield [
            NatsSubscriber(
                target,
                await stack.enter_async_context(aclosing(NatsConnection(target.server))),
                messages,
            )
            for target in targets
        ]
