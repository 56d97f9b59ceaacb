"""События, которые сервис шлёт подписчикам: раздел ``webhooks`` (OpenAPI 3.1, 4.8.1)."""

from typing import Any

from domain.events import CUSTOMER_REGISTERED, REGISTRATION_REPEATED, Source
from entrypoints.http.openapi.schemas import CUSTOMER_EXAMPLE

type Part = dict[str, Any]

EVENT_EXAMPLE: Part = {
    "type": CUSTOMER_REGISTERED,
    "timestamp": CUSTOMER_EXAMPLE["registered_at"],
    "data": {**CUSTOMER_EXAMPLE, "source": Source.REGISTRATION.value},
}
"""Пример события."""

REPEATED_EXAMPLE: Part = {
    "type": REGISTRATION_REPEATED,
    "timestamp": "2026-03-01T09:30:00.000000Z",
    "data": CUSTOMER_EXAMPLE,
}
"""Пример события о повторной регистрации."""

_DELIVERY = (
    "Sent to every subscriber that takes it at least once, as Standard Webhooks say"
    " (https://www.standardwebhooks.com). Any 2xx within 5 s accepts it; anything else has it sent"
    " again later, `Retry-After` is heeded, 410 pauses the subscriber."
)
_REPEATED = (
    "Someone has asked to register the owner of this address again. The answer did not say that it"
    " is taken, so tell him: that he is a customer already, or that it was not he. Of one customer"
    " this is sent once in `CRM_REPEATED_HOURS`, however often it is asked; what was sent with the"
    " request is not in it, for anyone may have sent it."
)

_HEADERS = {
    "webhook-id": "The same in every repeat of this event: keep it to tell them.",
    "webhook-timestamp": "When this try was sent, seconds since 1970.",
    "webhook-signature": (
        "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; several, with a space between,"
        " while the secret is being changed. The libraries of Standard Webhooks check it."
    ),
    "traceparent": "The trace of the registration (W3C Trace Context), where traces are on.",
}
_OPTIONAL = {"traceparent"}


def webhooks(*, reveal_taken: bool) -> dict[str, Part]:
    """Возвращает описание событий.

    Args:
        reveal_taken: говорит ли сервис, что адрес занят; иначе это событие.
    """
    registered = _call("CustomerRegistered", "A customer has been registered", EVENT_EXAMPLE)
    found = {CUSTOMER_REGISTERED: registered}
    if not reveal_taken:
        found[REGISTRATION_REPEATED] = _call(
            "RegistrationRepeated",
            "A registration has been repeated",
            REPEATED_EXAMPLE,
            f"{_REPEATED} {_DELIVERY}",
        )
    return found


def _call(schema: str, summary: str, example: Part, description: str = _DELIVERY) -> Part:
    return {
        "post": {
            "operationId": schema[0].lower() + schema[1:],
            "tags": ["events"],
            "summary": summary,
            "description": description,
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": name not in _OPTIONAL,
                    "description": description,
                    "schema": {"type": "string"},
                }
                for name, description in _HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "description": "The event and the customer as stored when this try was sent.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": f"#/components/schemas/{schema}"},
                        "example": example,
                    }
                },
            },
            "responses": {
                "2XX": {"description": "Accepted."},
                "410": {"description": "Send no more: the subscriber is paused."},
                "default": {"description": "Not accepted: sent again later."},
            },
        }
    }


def event_schemas(*, reveal_taken: bool) -> dict[str, Part]:
    """Описывает тела событий.

    Args:
        reveal_taken: говорит ли сервис, что адрес занят; иначе это событие.
    """
    customer: Part = {"$ref": "#/components/schemas/Customer"}
    source = {
        "type": "object",
        "required": ["source"],
        "properties": {
            "source": {
                "type": "string",
                "enum": [one.value for one in Source],
                "description": (
                    "A registration, an import that was told to say so, or a customer of before"
                    " whom the subscriber asked for."
                ),
            }
        },
    }
    told = {
        "description": "The customer, and where the news come from.",
        "allOf": [customer, source],
    }
    found = {"CustomerRegistered": _event(EVENT_EXAMPLE, "the time of the registration", told)}
    if not reveal_taken:
        data = {"description": "The customer of before.", "allOf": [customer]}
        found["RegistrationRepeated"] = _event(REPEATED_EXAMPLE, "the time of the repeat", data)
    return found


def _event(example: Part, moment: str, data: Part) -> Part:
    return {
        "type": "object",
        "description": "What has happened, and the customer as the 201 shows it.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": example["type"], "description": "What."},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": f"When: {moment}.",
                "examples": [example["timestamp"]],
            },
            "data": data,
        },
        "examples": [example],
    }
