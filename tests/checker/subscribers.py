"""Двое подписчиков, исправный и тот, с кем треть времени беда; дошедшее сверяется с записанным."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from threading import Thread

from attrs import define, field

from entrypoints.webhook_secret import new_secret
from tests.checker.deliveries import DeliveryVerdict, delivered
from tests.checker.table import stored_rows
from tests.support.counting_receiver import CountingReceiver, Trouble
from tests.support.eventually import eventually
from tests.support.sql import execute

GOOD, TROUBLED = "good", "troubled"
_STILL = 1.0  # секунд без единой доставки: остальное ждёт своего срока
_LEASE_ENDS = "3600 s"


@define(eq=False)
class Subscribers:
    """Двое подписчиков в своём потоке.

    Attributes:
        trouble: сколько секунд длится каждая беда; между ними вдвое больше.
        receivers: они, по именам.
    """

    trouble: float
    receivers: dict[str, CountingReceiver] = field(init=False)
    _healed: asyncio.Event = field(factory=asyncio.Event, init=False)
    _stopped: asyncio.Event = field(factory=asyncio.Event, init=False)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop, init=False)

    def settings(self) -> str:
        """Пишет их так, как называет подписчиков ``crm-api.toml``."""
        return "".join(
            f'[[subscribers]]\nname = "{name}"\nurl = "{one.url}"\nsecret = "{one.secret}"\n'
            for name, one in self.receivers.items()
        )

    def heal(self) -> None:
        """Кончает беды: дальше оба исправны."""
        self._loop.call_soon_threadsafe(self._healed.set)

    def verdicts(self, database: str, *, seconds: float) -> dict[str, DeliveryVerdict]:
        """Ждёт, пока рассылать станет нечего, и сверяет, что дошло до каждого.

        Args:
            database: где записаны покупатели; никого больше не записывают.
            seconds: сколько ждать.
        """
        self.heal()
        eventually(_NothingWaits(database), seconds=seconds)
        rows = stored_rows(database, "")
        return {name: delivered(rows, one.accepted) for name, one in self.receivers.items()}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Запускает их, пока открыт контекст."""
        secret = new_secret()
        self.receivers = {name: CountingReceiver(secret) for name in (GOOD, TROUBLED)}
        for one in self.receivers.values():
            self._loop.run_until_complete(one.open())
        thread = Thread(target=self._loop.run_until_complete, args=[self._run()], name="receivers")
        thread.start()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            thread.join()
            self._loop.close()

    async def _run(self) -> None:
        suffering = asyncio.create_task(self._suffer(self.receivers[TROUBLED]))
        await self._stopped.wait()
        self._healed.set()
        await suffering
        for one in self.receivers.values():
            await one.close()

    async def _suffer(self, receiver: CountingReceiver) -> None:
        for trouble in cycle(Trouble):
            for state, seconds in ((None, 2 * self.trouble), (trouble, self.trouble)):
                await receiver.suffer(state)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._healed.wait()
            if self._healed.is_set():
                await receiver.suffer(None)
                return


@contextmanager
def two_subscribers(folder: Path, *, trouble: float) -> Iterator[Subscribers]:
    """Запускает подписчиков и называет их в настройках сервиса, чья рабочая папка ``folder``."""
    subscribers = Subscribers(trouble)
    with subscribers.running():
        (folder / "crm-api.toml").write_text(subscribers.settings())
        yield subscribers


class _NothingWaits:
    """Говорит, всё ли разослано; взятое убитыми и отложенное торопит, когда рассылка стоит."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._before, self._since = -1, time.monotonic()

    def __call__(self) -> bool:
        """Смотрит ещё раз."""
        waiting = int(str(execute(self._database, "SELECT count(*) FROM waiting_events")[0][0]))
        now = time.monotonic()
        if waiting != self._before:
            self._before, self._since = waiting, now
        elif now - self._since > _STILL:
            self._since = now
            execute(
                self._database,
                "UPDATE waiting_events SET next_attempt_at = next_attempt_at - %s::interval",
                _LEASE_ENDS,
            )
        return waiting == 0
