"""Порты загрузки: откуда берутся строки, куда уходят отклонённые, и ошибка источника."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from application.register_customer import RegisterCustomerCommand
from domain.errors import BrokenRule

ROW = "row"
"""Вместо имени поля, когда негодна вся строка."""


class SourceError(Exception):
    """Источник не прочесть, или он не тот; текст — одна строка для оператора."""


class CustomerRow(NamedTuple):
    """Строка источника.

    Attributes:
        line: её номер в источнике, с единицы.
        cells: ячейки, как они есть.
        command: просьба, которой она стала; ``None`` — не стала.
        broken: почему не стала.
        is_unreadable: на ячейки не разобрана: в единственной — её начало.
    """

    line: int
    cells: Sequence[str]
    command: RegisterCustomerCommand | None
    broken: Sequence[BrokenRule] = ()
    is_unreadable: bool = False


class CustomerRows(Protocol):
    """Строки источника; прочесть их можно один раз."""

    @abstractmethod
    def take(self) -> CustomerRow | None:
        """Возвращает следующую строку; ``None`` — строк больше нет.

        Raises:
            SourceError: дальше источник не читается.
        """
        ...


class RejectedRows(Protocol):
    """Куда уходят отклонённые строки."""

    @abstractmethod
    def write(self, row: CustomerRow, broken: Sequence[BrokenRule]) -> None:
        """Записывает строку и то, что в ней нарушено.

        Raises:
            OSError: записать не удалось.
        """
        ...


class AlreadyThereRows(Protocol):
    """Куда уходят строки, чей покупатель уже есть."""

    @abstractmethod
    def write(self, row: CustomerRow, customer_id: int | None, *, is_repeated: bool) -> None:
        """Записывает строку.

        Args:
            row: строка.
            customer_id: номер того, кто уже есть; ``None`` — хранилище его не назвало.
            is_repeated: его записала эта же загрузка: адрес повторён в источнике.

        Raises:
            OSError: записать не удалось.
        """
        ...
