"""События, которые сервис шлёт подписчикам: раздел ``webhooks`` (OpenAPI 3.1, 4.8.1)."""

from typing import Any

from domain.events import CUSTOMER_REGISTERED, Source
from entrypoints.http.openapi.schemas import CUSTOMER_EXAMPLE

type Part = dict[str, Any]

EVENT_EXAMPLE: Part = {
    "type": CUSTOMER_REGISTERED,
    "timestamp": CUSTOMER_EXAMPLE["registered_at"],
    "data": {**CUSTOMER_EXAMPLE, "source": Source.REGISTRATION.value},
}
"""Пример события."""

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


def webhooks() -> dict[str, Part]:
    """Возвращает описание событий."""
    return {
        CUSTOMER_REGISTERED: {
            "post": {
                "operationId": "customerRegistered",
                "tags": ["events"],
                "summary": "A customer has been registered",
                "description": (
                    "Sent to every subscriber at least once, as Standard Webhooks say"
                    " (https://www.standardwebhooks.com). Any 2xx within 5 s accepts it; anything"
                    " else has it sent again later, `Retry-After` is heeded, 410 pauses the"
                    " subscriber."
                ),
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
                            "schema": {"$ref": "#/components/schemas/CustomerRegistered"},
                            "example": EVENT_EXAMPLE,
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
    }


def event_schema() -> Part:
    """Описывает тело события."""
    return {
        "type": "object",
        "description": "What has happened, and the customer as the 201 shows it.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": CUSTOMER_REGISTERED, "description": "What."},
            "timestamp": {
                "type": "string",
                "format": "date-time",
                "description": "When: the time of the registration.",
                "examples": [EVENT_EXAMPLE["timestamp"]],
            },
            "data": {
                "description": "The customer, and where the news come from.",
                "allOf": [
                    {"$ref": "#/components/schemas/Customer"},
                    {
                        "type": "object",
                        "required": ["source"],
                        "properties": {
                            "source": {
                                "type": "string",
                                "enum": [one.value for one in Source],
                                "description": (
                                    "A registration, an import that was told to say so, or a"
                                    " customer of before whom the subscriber asked for."
                                ),
                            }
                        },
                    },
                ],
            },
        },
        "examples": [EVENT_EXAMPLE],
    }
