"""Порт счёта регистраций: сколько их было, когда и откуда; о самих покупателях он не говорит."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from attrs import field, frozen


class CountingStoppedError(Exception):
    """Счёт остановлен: он слишком долог или мешал; текст — одна строка для оператора."""


@frozen(kw_only=True)
class CountRequest:
    """Что сосчитать.

    Attributes:
        borders: границы промежутков по порядку; UTC. Меньше двух — по времени не считать.
        since: с какого мгновения считать страны и возраст, включительно; UTC; ``None`` — с начала.
        until: по какое, не включая его.
        fewest: группы каких стран называть: не меньшие; ``None`` — стран не считать.
        most: сколько стран называть.
        ages: с каких лет начинается каждая группа, кроме первой; пусто — возраста не считать.
    """

    borders: tuple[datetime, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    fewest: int | None = None
    most: int = 0
    ages: tuple[int, ...] = ()


@frozen(kw_only=True)
class Counts:
    """Сколько зарегистрировано.

    Attributes:
        borders: границы промежутков, как просили.
        between: между соседними границами.
        countries: по странам, большим; ``None`` — страна не названа.
        all_countries: во всех странах, и в меньших, и где она не названа.
        ages: по группам возраста; последняя — возраст не назван.
    """

    borders: tuple[datetime, ...] = ()
    between: tuple[int, ...] = ()
    countries: Mapping[str | None, int] = field(factory=dict)
    all_countries: int = 0
    ages: tuple[int, ...] = ()

    def from_to(self, begins: datetime, ends: datetime) -> int:
        """Сколько между двумя из границ."""
        return sum(self.between[self.borders.index(begins) : self.borders.index(ends)])


class RegistrationCounts(Protocol):
    """Счёт регистраций."""

    @abstractmethod
    async def count(self, request: CountRequest) -> Counts:
        """Считает всё в одно и то же мгновение, ничего не меняя и никому не мешая.

        Raises:
            CountingStoppedError: слишком долго, или счёт помешал бы.
        """
        ...
