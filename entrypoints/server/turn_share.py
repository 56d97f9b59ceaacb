"""Сколько большого разбирается за оборот цикла событий: остальное ждёт следующих оборотов.

Тысячи соединений, приславших сразу по шестьдесят запросов или по самому большому телу, заняли бы
один оборот на секунды, и всё это время никому бы не отвечали. Обычный запрос мал и не ждёт никогда.
Меряются байты, а не время: работа по ним и идёт, а часы цикла событий посреди оборота стоят.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from attrs import define, field

ORDINARY = 2 * 1024
"""Байтов в порции, которая разбирается сразу; обычная регистрация вчетверо короче."""

_SHARE = 16 * 1024  # байт больших порций за оборот: одно самое большое тело


@define(eq=False)
class TurnShare:
    """Доля больших порций в обороте цикла событий."""

    _taken: int = field(default=0, init=False)
    _waiting: deque[tuple[int, Callable[[], None]]] = field(factory=deque, init=False)
    _is_scheduled: bool = field(default=False, init=False)

    def has_room(self, size: int) -> bool:
        """Говорит, можно ли разобрать порцию сейчас; если да, то она учтена."""
        self._schedule()
        if self._waiting or self._taken >= _SHARE:
            return False
        self._taken += size
        return True

    def wait(self, size: int, take: Callable[[], None]) -> None:
        """Зовёт ``take`` в одном из следующих оборотов, в порядке очереди."""
        self._waiting.append((size, take))

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._is_scheduled = False
        self._taken = 0
        if self._waiting:
            self._schedule()  # первым: ошибка одного не должна остановить остальных
        while self._waiting and self._taken < _SHARE:
            size, take = self._waiting.popleft()
            self._taken += size
            take()
