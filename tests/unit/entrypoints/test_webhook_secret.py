"""Негодный секрет назван сразу и не показан."""

import base64

import pytest

from entrypoints.webhook_secret import key_of, new_secret


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "secret",
        base64.b64encode(b"k" * 32).decode(),
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
        "whsec_" + base64.b64encode(b"k" * 32).decode()[:-1],
        "whsec_это не base64, а тридцать два знака и больше",
        "whsec_" + "!" * 44,
    ],
)
def test_wrong_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_") as caught:
        key_of(secret)
    assert len(secret) < 8 or secret[6:] not in str(caught.value)


def test_new_secrets_differ_and_are_good() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(key_of(secret)) == 32 for secret in secrets)
