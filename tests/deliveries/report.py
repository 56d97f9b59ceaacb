"""Итоги отказов с подписчиками: файл рядом и таблица в документации."""

from collections.abc import Sequence
from pathlib import Path

from tests.checker.delivery_results import (
    DeliveryResult,
    record_of_deliveries,
    recorded_deliveries,
    table_of_deliveries,
)
from tests.faults.node_faults import FAULTS
from tests.support.made_table import put_table
from tests.support.project import ROOT

RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "faults.md"
COMMAND = "make delivery-test"


def put_results(new: Sequence[DeliveryResult]) -> None:
    """Записывает итоги и таблицу; отказов, которых сейчас не устраивали, не трогает."""
    found = merged(recorded(), new)
    RESULTS.write_text(record_of_deliveries(found))
    put_table(PAGE, COMMAND, table_of_deliveries(found))


def recorded() -> list[DeliveryResult]:
    """Читает записанные итоги."""
    return recorded_deliveries(RESULTS.read_text(encoding="utf-8"))


def merged(old: Sequence[DeliveryResult], new: Sequence[DeliveryResult]) -> list[DeliveryResult]:
    """Заменяет итоги тех отказов, которые устроены снова; порядок — порядок отказов."""
    tried = {one.fault for one in new}
    order = [fault.name for fault in FAULTS]
    kept = [one for one in old if one.fault not in tried]
    return sorted([*kept, *new], key=lambda one: order.index(one.fault))
