"""Порт: где события ждут подписчиков, и его ошибка."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from attrs import frozen

from domain.events import CustomerEvent


@frozen(kw_only=True)
class WaitingEvent:
    """Событие, взятое для отправки одному подписчику.

    Attributes:
        id: под каким номером оно ждёт.
        event_id: номер самого события: у повторов и у разных подписчиков он один.
        happened: что произошло.
        attempts: которая это попытка, с единицы.
        waited: сколько секунд оно уже ждёт.
        trace: к какой трассе относится регистрация (W3C Trace Context, ``traceparent``).
    """

    id: int
    event_id: UUID
    happened: CustomerEvent
    attempts: int
    waited: float
    trace: str | None = None


@frozen(kw_only=True)
class Settlement:
    """Что решено об отправленном событии.

    Attributes:
        event: оно.
        failure: почему подписчик его не принял, без личных данных; ``None`` — принял.
        retry_in: через сколько секунд послать ещё раз; ``None`` — больше не слать.
    """

    event: WaitingEvent
    failure: str | None = None
    retry_in: float | None = None


class EventsUnavailableError(Exception):
    """Место, где события ждут, сейчас недоступно; взятое станет свободным само, в свой срок."""


class WaitingEvents(Protocol):
    """События, которых подписчики ещё не приняли.

    Брать их могут многие сразу: каждое достаётся одному, пока не кончится срок взятого.
    """

    @abstractmethod
    async def take(self, subscriber: str, limit: int, lease: float) -> Sequence[WaitingEvent]:
        """Берёт события, которым пора; раньше всех те, которым пора давно.

        Возвращается, когда взятое записано надёжно: значит, надёжно и то, о чём события. О тех,
        кого уже удалили, событий не даёт. У приостановленного подписчика брать нечего.

        Args:
            subscriber: имя подписчика.
            limit: сколько их взять, не больше.
            lease: через сколько секунд взятое, о котором ничего не решено, достанется другому.

        Raises:
            EventsUnavailableError: взять не удалось; посылать нельзя.
        """
        ...

    @abstractmethod
    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Запоминает решённое; кто опоздал и чьё взятое досталось другому, отложить его не может.

        Raises:
            EventsUnavailableError: запомнить не удалось: события пошлют ещё раз.
        """
        ...

    @abstractmethod
    async def pause(self, subscriber: str, reason: str) -> None:
        """Приостанавливает подписчика: события копятся, пока оператор не велит продолжать.

        Raises:
            EventsUnavailableError: запомнить не удалось.
        """
        ...
