"""Подпись сходится у библиотеки самой спецификации, а негодный секрет назван сразу."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.event_signature import is_signed, signature
from entrypoints.webhook_secret import key_of, new_secret

BODIES = st.text(st.characters(codec="utf-8"), max_size=50).map(lambda text: text.encode())


def present() -> int:
    """Нынешнее время: то, что старше пяти минут, библиотека спецификации не примет."""
    return int(datetime.now(UTC).timestamp())


def headers(signed: str, sent_at: int) -> dict[str, str]:
    return {
        "webhook-id": "msg",
        "webhook-timestamp": str(sent_at),
        "webhook-signature": signed,
    }


@given(key=st.binary(min_size=24, max_size=64), text=st.text(st.characters(codec="utf-8")))
def test_library_of_the_specification_accepts_the_signature(key: bytes, text: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    body = f'{{"name":"{base64.b64encode(text.encode()).decode()}"}}'
    sent_at = present()
    signed = signature([key_of(secret)], "msg", sent_at, body.encode())
    Webhook(secret).verify(body, headers(signed, sent_at))


def test_any_of_several_secrets_will_do_while_they_change() -> None:
    old, new, other = (new_secret() for _ in range(3))
    sent_at = present()
    signed = signature([key_of(old), key_of(new)], "msg", sent_at, b"{}")
    for secret in (old, new):
        Webhook(secret).verify("{}", headers(signed, sent_at))
        assert is_signed(signed, [key_of(secret)], "msg", sent_at, b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify("{}", headers(signed, sent_at))
    assert not is_signed(signed, [key_of(other)], "msg", sent_at, b"{}")


@given(
    body=BODIES,
    message_id=st.text("abc-0", min_size=1),
    shift=st.integers(-5, 5),
    changed=BODIES,
    other_id=st.text("abc-0", min_size=1),
)
def test_changed_call_is_not_signed(
    body: bytes, message_id: str, shift: int, changed: bytes, other_id: str
) -> None:
    key = [b"k" * 24]
    sent_at = present()
    signed = signature(key, message_id, sent_at, body)
    is_same = (body, message_id, 0) == (changed, other_id, shift)
    assert is_signed(signed, key, other_id, sent_at + shift, changed) == is_same
    assert is_signed(f"v0,x é {signed}", key, message_id, sent_at, body)
