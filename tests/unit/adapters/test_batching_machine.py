"""Конечный автомат сборщика: кто бы ни пришёл и ни ушёл, черёд хранится и не забыт никто.

Пачку кончает сам автомат, поэтому, пока она выполняется, случается что угодно.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.batching import (
    Batcher,
    BatcherClosedError,
    BatchLimits,
    DeadlinePassedError,
    QueueFullError,
)
from tests.support.virtual_time import virtual_runner

FEW = 16
DEADLINE = 10


class Batching(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = virtual_runner()
        self.calls: list[asyncio.Task[int]] = []
        self.expected: dict[int, object] = {}  # чем кончился вызов или кончится, когда кончится
        self.came_at: dict[int, float] = {}
        self.waiting: list[int] = []
        self.under_way: Sequence[int] = ()
        self.answered = 0  # в пачке перед нынешней, если между ними не было отдыха
        self.leaving = 0  # ушли в тот же миг, в какой кончилась пачка
        self.wrong: list[str] = []
        self.end: asyncio.Future[None] = self._run(_future())

    @initialize(batch=st.sampled_from([1, 5, FEW, 40, 512]), waiting=st.sampled_from([3, 60, 4096]))
    def open(self, batch: int, waiting: int) -> None:
        self.limits = BatchLimits(batch=batch, waiting=waiting, deadline=DEADLINE)
        self.batcher: Batcher[int, int] = Batcher(self._execute, self.limits)

    @rule(count=st.integers(1, 3 * FEW))
    def come(self, count: int) -> None:
        self._run(self._come(count))

    @precondition(lambda self: self.waiting or self.under_way)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self._leave(data.draw(st.sampled_from([*self.waiting, *self.under_way])))
        self._run(_settle())

    @precondition(lambda self: self.under_way)
    @rule(fails=st.booleans(), data=st.data())
    def finish(self, *, fails: bool, data: st.DataObject) -> None:
        leaving = data.draw(st.sets(st.sampled_from(self.waiting))) if self.waiting else set()
        error = OSError("broken")
        for number in self.under_way:
            self.expected.setdefault(number, error if fails else number * 2)
        if fails:
            self.end.set_exception(error)
        else:
            self.end.set_result(None)
        for number in leaving:  # сборщик ещё не знает ни о конце пачки, ни о них
            self._leave(number)
        self.under_way, self.leaving = (), len(leaving)
        self._run(_settle())
        self.leaving = 0
        if not self.under_way:
            assert self.waiting == []
            self.answered = 0

    @rule(seconds=st.sampled_from([1, DEADLINE // 2, DEADLINE]))
    def wait(self, seconds: int) -> None:
        self._run(asyncio.sleep(seconds))
        self._run(_settle())
        now = self.runner.get_loop().time()
        for number in [*self.waiting, *self.under_way]:
            if self.came_at[number] + DEADLINE <= now:
                self.expected.setdefault(number, DeadlinePassedError)
        self.waiting = [number for number in self.waiting if number not in self.expected]

    def teardown(self) -> None:
        """Кто принят, тот и у закрытого узнаёт свой исход, а кто опоздал, не принят."""
        closing = self._run(_begun(self.batcher.aclose()))
        late = self._run(_begun(self.batcher.submit(0)))
        assert isinstance(late.exception(), BatcherClosedError)
        while self.under_way:
            assert not closing.done()
            for number in self.under_way:
                self.expected.setdefault(number, number * 2)
            self.under_way = ()
            self.end.set_result(None)
            self._run(_settle())
        assert self.waiting == []
        assert closing.done()
        assert self.wrong == []
        assert self.batcher.waiting == 0
        for number, call in enumerate(self.calls):
            assert _ended(call) == self.expected[number]
        self.runner.close()

    @invariant()
    def batches_are_right(self) -> None:
        assert self.wrong == []

    async def _execute(self, batch: Sequence[int]) -> list[int]:
        count = len(batch)
        # Упавшее здесь досталось бы вызовам пачки, а их, быть может, никто уже не ждёт.
        self.wrong += [] if not self.under_way else ["two batches at once"]
        self.wrong += [] if list(batch) == self.waiting[:count] else ["out of turn"]
        self.waiting = self.waiting[count:]
        self.wrong += self._wrong_in_size(count)
        self.under_way, self.answered = batch, count
        self.end = await _future()
        await self.end
        return [number * 2 for number in batch]

    def _wrong_in_size(self, count: int) -> Iterator[str]:
        left, most = len(self.waiting), self.limits.batch
        half = (count + left + self.answered + 1) // 2
        if not 0 < count <= most:
            yield "empty or too large"
        if left and count < min(FEW, most):
            yield "a few were split"
        if left > count != most:
            yield "more were left than taken"
        if left and count < min(half, most):
            yield "less than half of a crowd"
        if count > max(FEW, half + self.leaving):
            yield "more than half of a crowd"

    async def _come(self, count: int) -> None:
        for number in range(len(self.calls), len(self.calls) + count):
            self.calls.append(asyncio.ensure_future(self.batcher.submit(number)))
            self.came_at[number] = asyncio.get_running_loop().time()
            if len(self.waiting) < self.limits.waiting:
                self.waiting.append(number)
            else:
                self.expected[number] = QueueFullError
        await _settle()

    def _leave(self, number: int) -> None:
        if number in self.expected:
            return  # уже ушёл, а пачка с ним ещё выполняется
        self.calls[number].cancel()
        self.expected[number] = asyncio.CancelledError
        if number in self.waiting:
            self.waiting.remove(number)

    def _run[T](self, step: Coroutine[object, object, T]) -> T:
        return self.runner.run(step)


def _ended(call: asyncio.Task[int]) -> object:
    """Чем кончился вызов: исход, ошибка исполнителя или род отказа сборщика."""
    if call.cancelled():
        return asyncio.CancelledError
    error = call.exception()
    if error is None:
        return call.result()
    return error if isinstance(error, OSError) else type(error)


async def _future() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


async def _begun[T](step: Coroutine[object, object, T]) -> "asyncio.Task[T]":
    task = asyncio.ensure_future(step)
    await _settle()
    return task


async def _settle() -> None:
    """Даёт циклу событий кончить всё, чему не нужно время."""
    for _ in range(5):
        await asyncio.sleep(0)


TestBatching = Batching.TestCase
