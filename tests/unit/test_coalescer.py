"""Сборщик пачек: кто с кем едет, что достаётся каждому и чего не бывает никогда."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.coalescer import (
    Coalescer,
    CoalescerClosedError,
    DeadlinePassedError,
    Limits,
    QueueFullError,
)
from tests.virtual_time import run_in_virtual_time


def in_virtual_time(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 — что даст pytest
        run_in_virtual_time(test(*arguments, **named))

    return run


@define
class Backend:
    """Исполнитель пачек, который помнит их и удваивает числа за секунду."""

    seconds: float = 1.0
    batches: list[list[int]] = field(factory=list)
    running: int = 0
    most_running: int = 0

    async def __call__(self, batch: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(batch))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.running -= 1
        return [ValueError(n) if n < 0 else n * 2 for n in batch]


def limits(**changes: Any) -> Limits:  # noqa: ANN401 — поля Limits
    return Limits(**{"batch": 10, "waiting": 100, "concurrency": 1, "deadline": 60.0, **changes})


async def started(coalescer: Coalescer[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Начинает вызовы и даёт циклу событий дойти до исполнителя."""
    tasks = [asyncio.ensure_future(coalescer(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


@in_virtual_time
async def test_call_gets_its_own_outcome() -> None:
    coalescer = Coalescer(Backend(), limits())
    tasks = await started(coalescer, 1, -2, 3)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[::2] == [2, 6]
    assert repr(outcomes[1]) == "ValueError(-2)"


@in_virtual_time
async def test_lone_call_goes_at_once() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())
    before = asyncio.get_running_loop().time()
    await started(coalescer, 1)
    assert backend.batches == [[1]]
    assert asyncio.get_running_loop().time() == before


@in_virtual_time
async def test_calls_that_came_during_a_batch_go_together_in_the_next() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())
    first = await started(coalescer, 1)
    rest = await started(coalescer, 2, 3, 4)
    await asyncio.gather(*first, *rest)
    assert backend.batches == [[1], [2, 3, 4]]


@in_virtual_time
async def test_batch_has_a_limit_and_keeps_the_order_of_arrival() -> None:
    backend = Backend()
    await asyncio.gather(*await started(Coalescer(backend, limits(batch=3)), *range(7)))
    assert backend.batches == [[0, 1, 2], [3, 4, 5], [6]]


@in_virtual_time
async def test_call_that_comes_as_the_last_batch_ends_is_not_forgotten() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())

    async def one_after_another() -> None:
        for n in range(5):
            await coalescer(n)

    await asyncio.gather(one_after_another(), one_after_another())
    assert sum(map(len, backend.batches)) == 10


@in_virtual_time
async def test_cancelled_caller_leaves_the_queue() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())
    tasks = [*await started(coalescer, 1), *await started(coalescer, 2, 3)]
    tasks[1].cancel()
    assert await tasks[0] == 2
    assert await tasks[2] == 6
    assert backend.batches == [[1], [3]]


@in_virtual_time
async def test_cancelled_caller_does_not_stop_a_batch_under_way() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())
    lost, kept = await started(coalescer, 1, 2)
    lost.cancel()
    assert await kept == 4
    assert backend.batches == [[1, 2]]


@in_virtual_time
async def test_batch_goes_on_when_all_its_callers_are_cancelled() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits())
    for task in await started(coalescer, 1, 2):
        task.cancel()
    await started(coalescer)
    assert backend.running == 1
    assert await coalescer(3) == 6
    assert backend.batches == [[1, 2], [3]]


@in_virtual_time
async def test_full_queue_refuses_at_once_and_then_takes_again() -> None:
    coalescer = Coalescer(Backend(), limits(waiting=2))
    under_way = await started(coalescer, 1)
    waiting = await started(coalescer, 2, 3)
    with pytest.raises(QueueFullError):
        await coalescer(4)
    await asyncio.gather(*under_way, *waiting)
    assert await coalescer(5) == 10


@in_virtual_time
async def test_cancelled_callers_take_no_room_in_the_queue() -> None:
    coalescer = Coalescer(Backend(), limits(waiting=2))
    under_way = await started(coalescer, 1)
    gone, stays = await started(coalescer, 2, 3)
    gone.cancel()
    added = await started(coalescer, 4)
    assert await asyncio.gather(*under_way, stays, *added) == [2, 6, 8]


@in_virtual_time
async def test_call_past_its_deadline_is_never_sent() -> None:
    backend = Backend(seconds=10)
    coalescer = Coalescer(backend, limits(deadline=3))
    under_way = await started(coalescer, 1)
    waiting = await started(coalescer, 2)
    outcomes = await asyncio.gather(*under_way, *waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DeadlinePassedError] * 2
    await coalescer.aclose()
    assert backend.batches == [[1]]


@in_virtual_time
async def test_frozen_backend_leaves_no_expired_calls_in_the_queue() -> None:
    coalescer = Coalescer(Backend(seconds=1000), limits(deadline=1, waiting=2))
    await started(coalescer, 1)
    for n in range(50):
        outcomes = await asyncio.gather(coalescer(n), coalescer(n), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [DeadlinePassedError] * 2


@in_virtual_time
async def test_failure_of_a_batch_reaches_each_of_its_callers_and_no_other() -> None:
    async def refuse_odd(batch: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(1)
        if any(n % 2 for n in batch):
            raise OSError("broken")
        return [0 for _ in batch]

    coalescer = Coalescer(refuse_odd, limits(batch=2))
    tasks = await started(coalescer, 1, 2, 4, 6)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError, int, int]


@in_virtual_time
async def test_backend_that_loses_an_outcome_is_an_error_not_a_mix_up() -> None:
    async def forgetful(batch: Sequence[int]) -> list[int | Exception]:
        return list(batch[1:])

    tasks = await started(Coalescer(forgetful, limits()), 1)
    with pytest.raises(ValueError, match="zip"):
        await tasks[0]


@in_virtual_time
async def test_closing_flushes_what_was_accepted_and_refuses_the_rest() -> None:
    backend = Backend()
    coalescer = Coalescer(backend, limits(batch=2))
    tasks = await started(coalescer, *range(5))
    closing = asyncio.ensure_future(coalescer.aclose())
    await started(coalescer)
    with pytest.raises(CoalescerClosedError):
        await coalescer(9)
    await closing
    assert [task.result() for task in tasks] == [0, 2, 4, 6, 8]
    assert backend.running == 0


@in_virtual_time
async def test_idle_coalescer_closes_at_once() -> None:
    await Coalescer(Backend(), limits()).aclose()


@settings(max_examples=200)
@given(
    calls=st.lists(
        st.tuples(
            st.integers(-50, 50),  # что: отрицательные исполнитель отвергает
            st.floats(0, 5),  # когда
            st.none() | st.floats(0, 5),  # через сколько отменён
        ),
        max_size=40,
    ),
    batch=st.integers(1, 5),
    waiting=st.integers(1, 10),
    concurrency=st.integers(1, 3),
    deadline=st.sampled_from([0.5, 2.0, 100.0]),
)
def test_whatever_comes_every_call_ends_as_it_should(
    calls: list[tuple[int, float, float | None]],
    batch: int,
    waiting: int,
    concurrency: int,
    deadline: float,
) -> None:
    backend = Backend()

    async def call(
        coalescer: Coalescer[int, int], item: int, at: float, cancelled_after: float | None
    ) -> tuple[int, object]:
        await asyncio.sleep(at)
        try:
            async with asyncio.timeout(cancelled_after):
                return item, await coalescer(item)
        except Exception as error:  # noqa: BLE001 — исход и есть предмет теста
            return item, error

    async def main() -> list[tuple[int, object]]:
        coalescer: Coalescer[int, int] = Coalescer(
            backend,
            limits(batch=batch, waiting=waiting, concurrency=concurrency, deadline=deadline),
        )
        ended = await asyncio.gather(*(call(coalescer, *arguments) for arguments in calls))
        await coalescer.aclose()
        return ended

    for item, outcome in run_in_virtual_time(main()):
        if isinstance(outcome, ValueError):
            assert item < 0
            assert outcome.args == (item,)
        elif isinstance(outcome, Exception):
            assert isinstance(outcome, QueueFullError | DeadlinePassedError | TimeoutError)
        else:
            assert outcome == item * 2
    assert all(0 < len(made) <= batch for made in backend.batches)
    assert backend.most_running <= concurrency
    assert backend.running == 0
