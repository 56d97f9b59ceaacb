"""Итоги: строка на отказ, таблица для документации и что из обещанного не вышло."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Self

from attrs import asdict, frozen

from tests.checker.comparison import Fates, Verdict


@frozen(kw_only=True)
class Result:
    """Итог одного отказа.

    Attributes:
        fault: что случилось.
        acknowledged: сколько регистраций подтверждено.
        lost: сколько подтверждённых пропало; «адрес занят» — тоже подтверждение.
        doubled: сколько раз одна регистрация оказалась двумя.
        denied: скольким отказали, хотя покупатель записан.
        unexpected: сколько записано такого, чего никто не посылал, и скольким ответили 500.
        unknown: что стало с теми, чей исход был неизвестен.
        silence: наибольшее время без 201, секунды.
        most_silence: сколько его может быть; ``None`` — сколько угодно.
        slowest: наибольшее время одного запроса, секунды.
        unanswered: сколько запросов не получило до срока никакого ответа.
    """

    fault: str
    acknowledged: int
    lost: int
    doubled: int
    denied: int
    unexpected: int
    unknown: Fates
    silence: float
    most_silence: float | None
    slowest: float
    unanswered: int

    @classmethod
    def of(  # noqa: PLR0913 — это поля, а не настройки
        cls,
        fault: str,
        verdict: Verdict,
        *,
        silence: float,
        most_silence: float | None,
        slowest: float,
        unanswered: int,
    ) -> Self:
        """Собирает итог из сверки и времени."""
        return cls(
            fault=fault,
            acknowledged=verdict.acknowledged,
            lost=verdict.lost,
            doubled=verdict.doubled,
            denied=verdict.denied,
            unexpected=verdict.unexpected,
            unknown=verdict.fates,
            silence=silence,
            most_silence=most_silence,
            slowest=slowest,
            unanswered=unanswered,
        )

    @property
    def failures(self) -> list[str]:
        """Что обещано и не вышло."""
        counted = {
            "lost": self.lost,
            "doubled": self.doubled,
            "refused but stored": self.denied,
            "stored but never sent, or answered 500": self.unexpected,
            "unanswered": self.unanswered,
        }
        failures = [f"{what} {count}" for what, count in counted.items() if count]
        if self.most_silence is not None and self.silence > self.most_silence:
            failures.append(f"{self.silence:.1f} s without a 201, not {self.most_silence:g}")
        return failures

    def __str__(self) -> str:
        limit = "" if self.most_silence is None else f" (at most {self.most_silence:g})"
        return (
            f"{self.fault}: acknowledged {self.acknowledged}, lost {self.lost},"
            f" doubled {self.doubled}, refused but stored {self.denied},"
            f" unknown {self.unknown.total} ({_resolved(self.unknown)}),"
            f" longest without a 201 {self.silence:.1f} s{limit},"
            f" slowest answer {self.slowest:.1f} s, unanswered {self.unanswered}"
        )


def worst(results: Sequence[Result]) -> list[Result]:
    """Сводит повторы одного отказа в один итог: счёт складывается, время берётся худшее."""
    by_fault = sorted(results, key=attrgetter("fault"))
    merged = {
        fault: _merged(list(group)) for fault, group in groupby(by_fault, attrgetter("fault"))
    }
    return [merged[fault] for fault in dict.fromkeys(result.fault for result in results)]


def recorded(text: str) -> list[Result]:
    """Читает ``results.json``."""
    return [Result(**{**item, "unknown": Fates(**item["unknown"])}) for item in json.loads(text)]


def record(results: Sequence[Result]) -> str:
    """Пишет итоги так, как их читает ``recorded``."""
    return json.dumps([asdict(result) for result in results], indent=1) + "\n"


def table(results: Sequence[Result]) -> str:
    """Строит таблицу Markdown."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Sequence[Result]) -> Iterator[str]:
    yield (
        "| fault | acknowledged | lost | doubled | refused but stored | unknown, and how resolved"
        " | longest without a 201, s | at most | slowest answer, s | unanswered |"
    )
    yield "|---|---:|---:|---:|---:|---|---:|---:|---:|---:|"
    for result in results:
        limit = "–" if result.most_silence is None else f"{result.most_silence:g}"
        yield (
            f"| {result.fault} | {result.acknowledged} | {result.lost} | {result.doubled}"
            f" | {result.denied} | {result.unknown.total}: {_resolved(result.unknown)}"
            f" | {result.silence:.1f} | {limit} | {result.slowest:.1f} | {result.unanswered} |"
        )


def _resolved(fates: Fates) -> str:
    return (
        f"{fates.acknowledged} acknowledged, {fates.refused} refused,"
        f" {fates.stored} stored, {fates.absent} absent"
    )


def _merged(results: Sequence[Result]) -> Result:
    def total(name: str) -> int:
        return sum(map(attrgetter(name), results))

    return Result(
        fault=results[0].fault,
        acknowledged=total("acknowledged"),
        lost=total("lost"),
        doubled=total("doubled"),
        denied=total("denied"),
        unexpected=total("unexpected"),
        unknown=Fates(
            acknowledged=total("unknown.acknowledged"),
            refused=total("unknown.refused"),
            stored=total("unknown.stored"),
            absent=total("unknown.absent"),
        ),
        silence=max(result.silence for result in results),
        most_silence=results[0].most_silence,
        slowest=max(result.slowest for result in results),
        unanswered=total("unanswered"),
    )
