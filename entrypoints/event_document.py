"""Событие для подписчика: тот же покупатель, что в ответе 201, и что с ним произошло."""

import orjson

from domain.customer import RULES
from domain.events import (
    CUSTOMER_REGISTERED,
    REGISTRATION_REPEATED,
    CustomerEvent,
    RegistrationRepeated,
)
from entrypoints.customer_document import told_moment


def event_document(event: CustomerEvent) -> dict[str, object]:
    """Возвращает событие (Standard Webhooks 1.0, «Payload structure»)."""
    registered_at = told_moment(event.registered_at)
    customer: dict[str, object] = {
        "id": event.customer_id,
        **{name: getattr(event.customer, name) for name in RULES},
        "registered_at": registered_at,
    }
    if isinstance(event, RegistrationRepeated):
        moment = told_moment(event.repeated_at)
        return {"type": REGISTRATION_REPEATED, "timestamp": moment, "data": customer}
    return {
        "type": CUSTOMER_REGISTERED,
        "timestamp": registered_at,
        "data": {**customer, "source": event.source},
    }


def event_body(event: CustomerEvent) -> bytes:
    """Возвращает тело вызова.

    JSON без пробелов и с буквами как есть: подписчик, который разберёт его и напечатает заново,
    получит те же байты, и подпись у него сойдётся.
    """
    return orjson.dumps(event_document(event))
