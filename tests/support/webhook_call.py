"""Вызов подписчика настоящим отправителем."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from adapters.clock import utc_now
from adapters.event_messages import EventMessages
from adapters.webhooks.sender import WebhookTarget, webhook_subscribers
from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent
from domain.events import CustomerRegistered, Source, event_id
from entrypoints.event_document import event_body
from entrypoints.webhook_secret import key_of, new_secret
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.raw_receiver import RawReceiver

SECRET = new_secret()
EVENT = WaitingEvent(
    id=1,
    event_id=event_id(UUID(int=1), 7),
    happened=CustomerRegistered(
        customer_id=7,
        registered_at=REGISTERED_AT,
        customer=new_customer(name="Ёж 🦾 \\ \" '", email="иван@пример.рф", phone=None),
        source=Source.REGISTRATION,
    ),
    attempts=1,
    waited=0,
)


@asynccontextmanager
async def sender(url: str, *secrets: str) -> AsyncIterator[Subscriber]:
    """Даёт подписчика с этим адресом; подписано этими секретами, а без них — ``SECRET``."""
    keys = [key_of(secret) for secret in secrets or (SECRET,)]
    target = WebhookTarget(name="crm", url=url, keys=keys)
    async with webhook_subscribers([target], EventMessages(event_body, utc_now)) as [subscriber]:
        yield subscriber


async def answer_to(receiver: RawReceiver) -> Answer:
    """Посылает событие и возвращает, как отправитель понял ответ."""
    async with sender(receiver.url) as subscriber:
        return await subscriber.receive(EVENT)
