"""Итоги отказов кластера: файлы рядом и таблицы в документации."""

from collections.abc import Sequence
from pathlib import Path

from tests.checker.delivery_results import (
    DeliveryResult,
    record_of_deliveries,
    recorded_deliveries,
    table_of_deliveries,
)
from tests.checker.results import Result, record, table
from tests.support.made_table import put_table
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "cluster.md"
FAULTS_COMMAND = "make cluster-test"
COMMAND = "make cluster-test, subscribers"

_RESULTS = Path(__file__).with_name("results.json")
_DELIVERIES = Path(__file__).with_name("deliveries.json")


def put_results(results: Sequence[Result], told: Sequence[DeliveryResult]) -> None:
    """Записывает итоги и обе таблицы."""
    _RESULTS.write_text(record(results))
    put_table(PAGE, FAULTS_COMMAND, table(results))
    _DELIVERIES.write_text(record_of_deliveries(told))
    put_table(PAGE, COMMAND, table_of_deliveries(told))


def recorded() -> list[DeliveryResult]:
    """Читает записанное о подписчиках."""
    return recorded_deliveries(_DELIVERIES.read_text(encoding="utf-8"))
