"""Протокол наблюдателя за записью: пишущий не знает, кто он (Prometheus, OpenTelemetry)."""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context
from typing import Protocol


class WriteObserver(Protocol):
    """Узнаёт о работе с базой данных; личных данных ему не сообщают."""

    @abstractmethod
    def batch(self, callers: Sequence[Context]) -> AbstractContextManager[object]:
        """Охватывает запись одной пачки.

        Args:
            callers: контексты тех, ради кого она пишется, в порядке пачки.
        """
        ...

    @abstractmethod
    def database_error(self, sqlstate: str | None) -> None:
        """Узнаёт об ошибке PostgreSQL; ``None`` — ответа не было (связь)."""
        ...

    @abstractmethod
    def load(self, *, waiting: int, busy: int, idle: int) -> None:
        """Узнаёт, сколько регистраций ждёт и сколько пишущих соединений занято и свободно."""
        ...

    @abstractmethod
    def ids(self, *, left: int) -> None:
        """Узнаёт, сколько номеров покупателей осталось."""
        ...


class SilentWriteObserver(WriteObserver):
    """Никому ничего не рассказывает."""

    def batch(self, callers: Sequence[Context]) -> AbstractContextManager[object]:
        """Ничего не охватывает."""
        del callers
        return nullcontext()

    def database_error(self, sqlstate: str | None) -> None:
        """Ничего не делает."""

    def load(self, *, waiting: int, busy: int, idle: int) -> None:
        """Ничего не делает."""

    def ids(self, *, left: int) -> None:
        """Ничего не делает."""
