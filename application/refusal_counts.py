"""Порт счёта отказов: их не хранят, о них знают замеры."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class RefusalsUnknownError(Exception):
    """Сколько было отказов, не узнать; текст — одна строка для оператора."""


class RefusalCounts(Protocol):
    """Счёт отказов в регистрации."""

    @abstractmethod
    async def by_code(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Считает отказы по кодам; приблизительно, как всё, что считают по замерам.

        Raises:
            RefusalsUnknownError: счёта нет.
        """
        ...
