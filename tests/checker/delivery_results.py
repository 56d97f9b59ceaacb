"""Что дошло до подписчиков: строка на отказ и подписчика, таблица для документации."""

import json
from collections.abc import Mapping, Sequence

from attrs import asdict, frozen

from tests.checker.deliveries import DeliveryVerdict


@frozen(kw_only=True)
class DeliveryResult:
    """Что дошло до одного подписчика за один отказ.

    Attributes:
        fault: что случилось.
        subscriber: кто.
        acknowledged: сколько регистраций и загруженных строк подтверждено.
        imported: сколько из них загруженных.
        delivered: о скольких записанных он узнал.
        missing: о скольких записанных не узнал.
        phantoms: сколько событий пришло о тех, кто не записан.
        renumbered: о скольких пришли события с разными номерами.
        repeated: сколько раз событие пришло ещё раз; это можно.
    """

    fault: str
    subscriber: str
    acknowledged: int
    imported: int
    delivered: int
    missing: int
    phantoms: int
    renumbered: int
    repeated: int

    def __str__(self) -> str:
        return (
            f"{self.subscriber}: acknowledged {self.acknowledged} (imported {self.imported}),"
            f" delivered {self.delivered}, missing {self.missing}, not stored {self.phantoms},"
            f" of two ids {self.renumbered}, came again {self.repeated}"
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


def counted_deliveries(
    fault: str, acknowledged: int, verdicts: Mapping[str, DeliveryVerdict], *, imported: int = 0
) -> list[DeliveryResult]:
    """Считает найденное сверкой."""
    return [
        DeliveryResult(
            fault=fault,
            subscriber=subscriber,
            acknowledged=acknowledged,
            imported=imported,
            delivered=verdict.delivered,
            missing=len(verdict.missing),
            phantoms=len(verdict.phantoms),
            renumbered=len(verdict.renumbered),
            repeated=verdict.repeated,
        )
        for subscriber, verdict in verdicts.items()
    ]


def recorded_deliveries(text: str) -> list[DeliveryResult]:
    """Читает записанные итоги."""
    return [DeliveryResult(**item) for item in json.loads(text)]


def record_of_deliveries(found: Sequence[DeliveryResult]) -> str:
    """Пишет итоги так, как их читает ``recorded_deliveries``."""
    return json.dumps([asdict(one) for one in found], indent=1) + "\n"


def table_of_deliveries(found: Sequence[DeliveryResult]) -> str:
    """Строит таблицу Markdown."""
    headings = (
        "| fault | subscriber | acknowledged | of them imported | delivered | missing | not stored"
        " | came again |"
    )
    lines = [headings, "|---|---|" + "---:|" * 6]
    lines += [
        f"| {one.fault} | {one.subscriber} | {one.acknowledged} | {one.imported}"
        f" | {one.delivered} | {one.missing} | {one.phantoms} | {one.repeated} |"
        for one in found
    ]
    return "".join(f"{line}\n" for line in lines)
