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
    def lag(self, subscriber: str, *, waiting: int, oldest: float) -> None:
        """Узнаёт, сколько событий его ждёт и сколько секунд ждёт самое старое."""
        ...


class SilentDeliveryObserver(DeliveryObserver):
    """Никому ничего не рассказывает."""

    def round(self, subscriber: str, ended: Round) -> None:
        """Ничего не делает."""

    def lag(self, subscriber: str, *, waiting: int, oldest: float) -> None:
        """Ничего не делает."""
