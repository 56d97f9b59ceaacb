"""Рассылка: без подписчиков за неё не платят, а без дополнения о том сказано одной строкой."""

import os
import subprocess
import sys

import pytest

from entrypoints import delivery_container
from entrypoints.delivery_container import ensure_deliverable
from entrypoints.settings import Settings, SettingsError
from tests.support.project import ROOT


def test_process_without_subscribers_imports_no_client() -> None:
    code = (
        "import sys\n"
        "from starlette.testclient import TestClient\n"
        "from entrypoints.container import Container\n"
        "with TestClient(Container().app()) as client:\n"
        "    client.post('/register', json={'name': 'Ivan', 'email': 'ivan@example.ru'})\n"
        "print('aiohttp' in sys.modules, 'nats' in sys.modules)"
    )
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "CRM_DATABASE_URL": "memory://"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == "False False"


def test_subscribers_without_the_extra_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_container, "find_spec", lambda _: None)
    ensure_deliverable(Settings())
    with pytest.raises(SettingsError, match=r"crm-api\[webhooks\]"):
        ensure_deliverable(Settings(webhook_url="http://127.0.0.1/", webhook_secret=(b"k" * 24,)))
    with pytest.raises(SettingsError, match=r"webhook needs the extra nats: .* crm-api\[nats\]"):
        ensure_deliverable(Settings(webhook_url="nats://127.0.0.1/"))
