"""Загрузку, которую начала версия 0.1.0, нынешняя продолжает или говорит, что не может.

Ключи и покупатели — данные, записанные той версией, а не код: чтение файла с тех пор изменилось.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers

from application.idempotency import IdempotencyKey, fingerprint
from domain.customer import NewCustomer
from entrypoints.container import Container
from tests.support.crm import run_crm
from tests.support.project import ROOT
from tests.support.recording_repository import RecordingRepository

IMPORTS: Mapping[str, Any] = json.loads(
    (ROOT / "tests/support/imports_of_0_1_0.json").read_text(encoding="utf-8")
)
BEGUN_AT = datetime(2026, 11, 28, tzinfo=UTC)

# Строки, чьи данные нынешняя версия читает иначе: их она отклоняет.
OTHERWISE_READ = {"a name of Bitrix": 1, "a heading known since": 1, "a cell mended since": 1}


@pytest.mark.parametrize("title", IMPORTS)
def test_import_goes_on_or_says_that_it_cannot(
    title: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = IMPORTS[title]
    container, customers = Container(), RecordingRepository()
    for kept in begun["kept"]:
        new = NewCustomer(**kept["stored"], registered_at=BEGUN_AT)
        assert fingerprint(new).hex() == kept["fingerprint"]
        asyncio.run(customers.add(new, IdempotencyKey(kept["key"])))
    container.customers.override(providers.Object(customers))
    monkeypatch.setattr("entrypoints.cli.import_execution.process_container", lambda: container)
    (folder / "customers.csv").write_bytes(begun["text"].encode(begun["encoding"]))
    done = run_crm("memory://", "import", "customers.csv", "--json", *begun["options"])
    counts = json.loads(done.stdout)
    otherwise = OTHERWISE_READ.get(title, 0)
    assert counts["by_earlier_run"] == len(begun["kept"]) - otherwise, counts
    assert (counts["already_there"], counts["refused"]) == (0, otherwise)
    assert done.exit_code == (3 if otherwise else 0)
    if otherwise:
        [reason] = counts["reasons"]
        assert reason == {"field": "row", "code": "stored_with_other_data", "rows": otherwise}
