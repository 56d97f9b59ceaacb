"""Что уходит подписчику, каким бы путём ни шло: тело, заголовки и подпись."""

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import frozen

from adapters.event_signature import signature
from application.waiting_events import WaitingEvent
from domain.events import CustomerEvent


@frozen
class EventMessages:
    """Делает из события сообщение (Standard Webhooks 1.0, «Webhook Headers»).

    Attributes:
        body: делает тело.
        clock: часы; говорят время с поясом UTC.
    """

    body: Callable[[CustomerEvent], bytes]
    clock: Callable[[], datetime]

    def made(self, event: WaitingEvent, keys: Sequence[bytes]) -> tuple[bytes, dict[str, str]]:
        """Возвращает тело и заголовки.

        Args:
            event: событие.
            keys: ключи, подписывают каждым; без них подписи нет.
        """
        body = self.body(event.happened)
        message_id, timestamp = str(event.event_id), int(self.clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
        }
        if keys:
            headers["webhook-signature"] = signature(keys, message_id, timestamp, body)
        if event.trace:
            headers["traceparent"] = event.trace
        return body, headers
