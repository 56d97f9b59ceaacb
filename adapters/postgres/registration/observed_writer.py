"""Запись пачек на виду: наблюдатель знает о каждой, а её строки журнала — ради кого она."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context

from adapters.postgres.registration.outcomes import Outcome
from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.writer import BatchWriter
from adapters.write_observer import WriteObserver

_SAMPLE = 1.0  # секунд между замерами: Prometheus спрашивает реже

type ObservedRequest = tuple[RegistrationRequest, Context]
"""Просьба и контекст того, чья она: номер запроса, трасса."""


class ObservedWriter:
    """Пишет пачки через ``BatchWriter``.

    Пачку ведёт чужая задача, поэтому контекст каждого вызова приходит вместе с просьбой.
    """

    def __init__(
        self,
        writer: BatchWriter,
        observer: WriteObserver,
        on_batch: Callable[[Sequence[Context]], None],
    ) -> None:
        self._writer = writer
        self._observer = observer
        self._on_batch = on_batch
        self._busy = 0

    async def __call__(self, batch: Sequence[ObservedRequest]) -> Sequence[Outcome]:
        """Записывает пачку и возвращает исходы в её порядке."""
        callers = [caller for _, caller in batch]
        self._on_batch(callers)
        self._busy += 1
        try:
            with self._observer.batch(callers):
                return await self._writer([request for request, _ in batch])
        finally:
            self._busy -= 1

    async def sample(self, waiting: Callable[[], int]) -> None:
        """Раз в секунду рассказывает о нагрузке: на каждом запросе это стоило бы дороже."""
        while True:
            idle = self._writer.idle_connections
            self._observer.load(waiting=waiting(), busy=self._busy, idle=idle)
            await asyncio.sleep(_SAMPLE)
