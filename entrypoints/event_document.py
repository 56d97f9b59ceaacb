"""Событие для подписчика: тот же покупатель, что в ответе 201, и откуда пришла новость."""

import orjson

from domain.customer import RULES
from domain.events import CUSTOMER_REGISTERED, CustomerRegistered
from entrypoints.customer_document import told_moment


def event_document(event: CustomerRegistered) -> dict[str, object]:
    """Возвращает событие (Standard Webhooks 1.0, «Payload structure»)."""
    moment = told_moment(event.registered_at)
    return {
        "type": CUSTOMER_REGISTERED,
        "timestamp": moment,
        "data": {
            "id": event.customer_id,
            **{name: getattr(event.customer, name) for name in RULES},
            "registered_at": moment,
            "source": event.source,
        },
    }


def event_body(event: CustomerRegistered) -> bytes:
    """Возвращает тело вызова.

    JSON без пробелов и с буквами как есть: подписчик, который разберёт его и напечатает заново,
    получит те же байты, и подпись у него сойдётся.
    """
    return orjson.dumps(event_document(event))
