"""Замеры нагрузки хранилища: без них оно живёт, но об их конце говорит."""

import asyncio

import pytest

from adapters.postgres.registration.repository import postgres_customers
from adapters.write_observer import SilentWriteObserver


class BrokenGauges(SilentWriteObserver):
    def load(self, *, waiting: int, busy: int, idle: int) -> None:
        raise ValueError(waiting, busy, idle)


@pytest.mark.anyio
async def test_failed_sampling_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    url = "postgresql://127.0.0.1:1/nobody"  # открытое хранилище ещё не соединяется
    async with postgres_customers(url, log_sql=False, observer=BrokenGauges()):
        for _ in range(3):  # обороты цикла событий: задача, её отказ, его запись
            await asyncio.sleep(0)
    told = [record.message for record in caplog.records if record.exc_info]
    assert told == ["the load is no longer sampled"]
