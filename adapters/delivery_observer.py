"""Протокол наблюдателя за рассылкой: рассылающий не знает, кто он (Prometheus)."""

from abc import abstractmethod
from typing import Protocol

from application.deliver_events import Round


class DeliveryObserver(Protocol):
    """Узнаёт о рассылке; личных данных ему не сообщают."""

    @abstractmethod
    def round(self, subscriber: str, ended: Round) -> None:
        """Узнаёт, чем кончилась рассылка одному подписчику."""
        ...

    @abstractmethod
    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        """Узнаёт, сколько событий его ждёт, сколько секунд самое старое, не приостановлен ли он."""
        ...

    @abstractmethod
    def lost(self, subscriber: str) -> None:
        """Узнаёт, что сколько его ждёт, теперь неизвестно."""
        ...


class SilentDeliveryObserver(DeliveryObserver):
    """Никому ничего не рассказывает."""

    def round(self, subscriber: str, ended: Round) -> None:
        """Ничего не делает."""

    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        """Ничего не делает."""

    def lost(self, subscriber: str) -> None:
        """Ничего не делает."""
