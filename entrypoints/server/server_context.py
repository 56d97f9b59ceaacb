"""Общее всем соединениям процесса: пределы, короткий путь, остановка, кто уступает место."""

from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import define, field

from entrypoints.http.fast_path import FastRequest
from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.turn_share import TurnShare

_FREED = 7 / 8


class Debtor(Protocol):
    """Соединение, за которым процесс держит память: ответов не забирают или прислали вперёд."""

    @property
    def held(self) -> int:
        """Сколько байтов за ним держит процесс."""
        ...

    def reset(self) -> None:
        """Обрывает его."""


class Waiting(Protocol):
    """Соединение, которое занимает место."""

    @property
    def waiting_since(self) -> float:
        """С какого времени цикла событий оно ждёт того, чего ждёт."""
        ...

    @property
    def may_give_way(self) -> bool:
        """Можно ли его оборвать ради нового."""
        ...

    def reset(self) -> None:
        """Обрывает его."""


def no_fast_path(_method: str, _target: bytes, _fields: dict[bytes, bytes]) -> FastRequest | None:
    """Короткого пути нет: на всё отвечает приложение ASGI."""
    return None


@define(eq=False)
class ServerContext:
    """То, что соединения одного процесса делят.

    Attributes:
        limits: сроки и пределы.
        fast_path: принимает запрос, на который можно ответить коротким путём; иначе ``None``.
        is_stopping: останавливается ли сервер: тогда каждый ответ последний.
        share: сколько большого разбирается за оборот цикла событий.
    """

    limits: ConnectionLimits = field(factory=ConnectionLimits)
    fast_path: Callable[[str, bytes, dict[bytes, bytes]], FastRequest | None] = no_fast_path
    is_stopping: bool = False
    share: TurnShare = field(factory=TurnShare)
    _held: dict[Debtor, int] = field(factory=dict, init=False)  # в порядке, в каком стали должны
    _total: int = field(default=0, init=False)

    @property
    def held(self) -> int:
        """Сколько байтов за всеми вместе, по последним подсчётам."""
        return self._total

    def hold(self, debtor: Debtor) -> None:
        """Запоминает, за кем держат память; сверх предела уступают те, за кем держат дольше."""
        self._count(debtor, debtor.held)
        if self._total <= self.limits.held:
            return
        for one in self._held:  # с тех пор могли и забрать
            self._count(one, one.held)
        # Обрываются сразу с запасом: мерить всех ради каждого нового дорого.
        for one in tuple(self._held):
            if self._total <= self.limits.held * _FREED:
                return
            self.release(one)
            one.reset()

    def release(self, debtor: Debtor) -> None:
        """Забывает того, за кем больше ничего не держат."""
        self._total -= self._held.pop(debtor, 0)

    def make_room(self, connections: Iterable[Waiting]) -> None:
        """Обрывает тех, кто ждёт дольше других и кому ответа не должны."""
        waiting = [one for one in connections if one.may_give_way]
        waiting.sort(key=lambda one: one.waiting_since)
        # Сразу восьмую часть: искать по всем на каждое новое соединение дорого.
        for one in waiting[: self.limits.connections // 8 + 1]:
            one.reset()

    def _count(self, debtor: Debtor, size: int) -> None:
        self._total += size - self._held.get(debtor, 0)
        self._held[debtor] = size
