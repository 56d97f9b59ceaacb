"""Ожидание самой нагрузки: пошли ли 201, встали ли."""

import time

from tests.checker.load import Load
from tests.support.eventually import eventually

_FLOW_SECONDS = 120
_STILL_SECONDS = 6  # без 201 дольше одного ответа: ничего из посланного уже не подтвердится


def wait_for_flow(load: Load, count: int) -> None:
    """Ждёт столько новых подтверждений."""
    enough = load.acknowledged + count
    eventually(lambda: load.acknowledged >= enough, seconds=_FLOW_SECONDS)


class Stillness:
    """Говорит, давно ли нет 201."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._last, self._since = load.acknowledged, time.monotonic()

    def __call__(self) -> bool:
        """Узнаёт, сколько подтверждено сейчас, и говорит, давно ли столько же."""
        if self._load.acknowledged != self._last:
            self._last, self._since = self._load.acknowledged, time.monotonic()
        return time.monotonic() - self._since >= _STILL_SECONDS


def wait_for_stillness(load: Load) -> None:
    """Ждёт, пока 201 не перестанут приходить надолго."""
    eventually(Stillness(load), seconds=_FLOW_SECONDS)
