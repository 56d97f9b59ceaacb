"""Память толпы: когда та ушла, занятое ею возвращается системе.

Освобождённое посреди кучи glibc держит про запас, сколько бы его ни было, и без просьбы отдать его
(malloc_trim(3)) процесс навсегда остался бы таким, каким был в самую тесную минуту.
"""

import ctypes
from collections.abc import Callable

from attrs import define, field

CROWD = 8 << 20
"""Столько байтов, занятых соединениями, — уже толпа: ради меньшего системы не просят."""

CONNECTION = 6 * 1024
"""Во столько байтов памяти обходится соединение, которое ничего не просит."""

_LEFT = 4  # во столько раз меньше осталось от толпы, которая ушла


def _give_back() -> Callable[[], object]:
    """Находит, чем отдать: просьба длится десятки миллисекунд, и знает её одна glibc."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except AttributeError:  # musl, macOS
        return lambda: None
    return lambda: trim(0)


@define(eq=False)
class ReturnedMemory:
    """Следит, сколько занято соединениями, и отдаёт память, когда их станет намного меньше."""

    _give_back: Callable[[], object] = field(factory=_give_back)
    _most: int = field(default=0, init=False)

    def watch(self, connections: int, held: int) -> None:
        """Узнаёт, сколько занято сейчас.

        Args:
            connections: сколько открыто соединений.
            held: сколько байтов за ними держат.
        """
        taken = connections * CONNECTION + held
        self._most = max(self._most, taken)
        if self._most >= CROWD and taken * _LEFT <= self._most:
            self._most = taken
            self._give_back()
