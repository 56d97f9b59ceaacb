"""Что дошло до подписчиков: строка на отказ и подписчика, таблица в документации."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import asdict, frozen

from tests.checker.deliveries import DeliveryVerdict
from tests.support.project import ROOT

RESULTS = Path(__file__).with_name("results.json")
PAGE = ROOT / "docs" / "faults.md"

_PLACE = re.compile(r"(?<=<!-- make delivery-test -->\n).*?(?=<!-- end -->)", re.DOTALL)


@frozen(kw_only=True)
class DeliveryResult:
    """Что дошло до одного подписчика за один отказ.

    Attributes:
        fault: что случилось.
        subscriber: кто.
        acknowledged: сколько регистраций и загруженных строк подтверждено.
        delivered: о скольких записанных он узнал.
        missing: о скольких записанных не узнал.
        phantoms: сколько событий пришло о тех, кто не записан.
        renumbered: о скольких пришли события с разными номерами.
        repeated: сколько раз событие пришло ещё раз; это можно.
    """

    fault: str
    subscriber: str
    acknowledged: int
    delivered: int
    missing: int
    phantoms: int
    renumbered: int
    repeated: int

    def __str__(self) -> str:
        return (
            f"{self.subscriber}: acknowledged {self.acknowledged}, delivered {self.delivered},"
            f" missing {self.missing}, not stored {self.phantoms}, of two ids {self.renumbered},"
            f" came again {self.repeated}"
        )

    @property
    def failures(self) -> list[str]:
        """Что обещано и не вышло."""
        counted = {
            "missing": self.missing,
            "not stored": self.phantoms,
            "of two ids": self.renumbered,
            "acknowledged and not delivered": max(self.acknowledged - self.delivered, 0),
        }
        return [f"{self.subscriber}: {what} {count}" for what, count in counted.items() if count]


def results(
    fault: str, acknowledged: int, verdicts: Mapping[str, DeliveryVerdict]
) -> list[DeliveryResult]:
    """Считает найденное сверкой."""
    return [
        DeliveryResult(
            fault=fault,
            subscriber=subscriber,
            acknowledged=acknowledged,
            delivered=verdict.delivered,
            missing=len(verdict.missing),
            phantoms=len(verdict.phantoms),
            renumbered=len(verdict.renumbered),
            repeated=verdict.repeated,
        )
        for subscriber, verdict in verdicts.items()
    ]


def record(found: Sequence[DeliveryResult]) -> None:
    """Записывает итоги и вставляет таблицу в документацию."""
    RESULTS.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_PLACE.sub(table(found), text), encoding="utf-8")


def recorded() -> list[DeliveryResult]:
    """Читает ``results.json``; пока его нет, итогов тоже нет."""
    if not RESULTS.exists():
        return []
    return [DeliveryResult(**item) for item in json.loads(RESULTS.read_text(encoding="utf-8"))]


def table(found: Sequence[DeliveryResult]) -> str:
    """Строит таблицу Markdown."""
    if not found:
        return "No run has been recorded yet.\n"
    lines = [
        "| fault | subscriber | acknowledged | delivered | missing | not stored | came again |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.fault} | {one.subscriber} | {one.acknowledged} | {one.delivered}"
        f" | {one.missing} | {one.phantoms} | {one.repeated} |"
        for one in found
    ]
    return "".join(f"{line}\n" for line in lines)
