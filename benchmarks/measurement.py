"""Замер: серия повторов одного и того же, её медиана и разброс."""

from collections import Counter
from collections.abc import Sequence
from statistics import median, quantiles

from attrs import field, frozen

type Quartiles = tuple[float, float, float]


def quartiles(values: Sequence[float]) -> Quartiles:
    """Возвращает квартили; средний — медиана. У одного значения все они равны ему.

    Наименьшее и наибольшее входят в ряд: повторы — это всё, что мерили, а не выборка.
    """
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


@frozen
class Sample:
    """Один повтор.

    Attributes:
        rate: регистраций в секунду.
        latency_p50: медиана времени ответа, миллисекунды.
        latency_p99: 99-й процентиль времени ответа, миллисекунды; ``None``, если не мерили.
        refused: ответов не 201 (у замеров с повторами адресов — не 201 и не 400).
        wrong: из чего сложилось ``refused``: код ответа или ошибка сокета и сколько раз.
    """

    rate: float
    latency_p50: float
    latency_p99: float | None
    refused: int
    wrong: dict[str, int] = field(factory=dict)


@frozen
class Measurement:
    """Серия повторов.

    Attributes:
        name: что меряется.
        connections: одновременных соединений.
        samples: повторы по порядку.
    """

    name: str
    connections: int
    samples: tuple[Sample, ...]

    @property
    def rate(self) -> float:
        """Медиана регистраций в секунду."""
        return median(sample.rate for sample in self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Наименьшая и наибольшая скорость серии."""
        rates = [sample.rate for sample in self.samples]
        return min(rates), max(rates)

    @property
    def latency_p50(self) -> float:
        """Медиана медиан времени ответа, миллисекунды."""
        return median(sample.latency_p50 for sample in self.samples)

    @property
    def latency_p99(self) -> float | None:
        """Медиана 99-х процентилей времени ответа, миллисекунды."""
        measured = [s.latency_p99 for s in self.samples if s.latency_p99 is not None]
        return median(measured) if measured else None

    @property
    def refused(self) -> int:
        """Сколько ответов серии были не теми."""
        return sum(sample.refused for sample in self.samples)

    @property
    def wrong(self) -> str:
        """Сколько каких неверных ответов было за серию; без них — ``0``."""
        counts: Counter[str] = Counter()
        for sample in self.samples:
            counts.update(sample.wrong)
        said = ", ".join(f"{what}: {times}" for what, times in sorted(counts.items()))
        return said or str(self.refused)
