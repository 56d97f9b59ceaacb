"""Порт: кому рассказывают о событиях."""

from abc import abstractmethod
from typing import Protocol

from attrs import frozen

from application.waiting_events import WaitingEvent


@frozen(kw_only=True)
class Answer:
    """Что ответил подписчик.

    Attributes:
        failure: почему он не принял события, без личных данных; ``None`` — принял.
        retry_after: через сколько секунд он просит прийти ещё раз.
        is_gone: он просит больше не приходить.
    """

    failure: str | None = None
    retry_after: float | None = None
    is_gone: bool = False


class Subscriber(Protocol):
    """Тот, кому рассказывают."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Имя."""
        ...

    @abstractmethod
    async def receive(self, event: WaitingEvent) -> Answer:
        """Рассказывает о событии и возвращает ответ; сроком и повторами ведает вызывающий."""
        ...
