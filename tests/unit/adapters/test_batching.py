"""Сборщик пачек: кто с кем едет, что достаётся каждому и чего не бывает никогда."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.batching import (
    Batcher,
    BatcherClosedError,
    DeadlinePassedError,
    QueueFullError,
)
from tests.support.doubling_backend import Backend, limits, started
from tests.support.virtual_time import in_virtual_time, run_in_virtual_time


@in_virtual_time
async def test_call_gets_its_own_outcome() -> None:
    batcher = Batcher(Backend(), limits())
    tasks = await started(batcher, 1, -2, 3)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[::2] == [2, 6]
    assert repr(outcomes[1]) == "ValueError(-2)"


@in_virtual_time
async def test_lone_call_goes_at_once() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())
    before = asyncio.get_running_loop().time()
    await started(batcher, 1)
    assert backend.batches == [[1]]
    assert asyncio.get_running_loop().time() == before


@in_virtual_time
async def test_calls_that_came_during_a_batch_go_together_in_the_next() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())
    first = await started(batcher, 1)
    rest = await started(batcher, 2, 3, 4)
    await asyncio.gather(*first, *rest)
    assert backend.batches == [[1], [2, 3, 4]]


@in_virtual_time
async def test_batch_has_a_limit_and_keeps_the_order_of_arrival() -> None:
    backend = Backend()
    await asyncio.gather(*await started(Batcher(backend, limits(batch=3)), *range(7)))
    assert backend.batches == [[0, 1, 2], [3, 4, 5], [6]]


@in_virtual_time
async def test_crowd_goes_by_halves_and_a_few_go_together() -> None:
    async def sizes(crowd: int) -> list[int]:
        backend = Backend()
        batcher = Batcher(backend, limits(batch=512, waiting=512))

        async def come_again(number: int) -> None:
            for _ in range(5):
                await batcher.submit(number)

        await asyncio.gather(*map(come_again, range(crowd)))
        return [len(batch) for batch in backend.batches]

    assert await sizes(64) == [32] * 10
    assert await sizes(16) == [16] * 5


@in_virtual_time
async def test_call_that_comes_as_the_last_batch_ends_is_not_forgotten() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())

    async def one_after_another() -> None:
        for n in range(5):
            await batcher.submit(n)

    await asyncio.gather(one_after_another(), one_after_another())
    assert sum(map(len, backend.batches)) == 10


@in_virtual_time
async def test_failure_of_a_batch_reaches_each_of_its_callers_and_no_other() -> None:
    async def refuse_odd(batch: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(1)
        if any(n % 2 for n in batch):
            raise OSError("broken")
        return [0 for _ in batch]

    batcher = Batcher(refuse_odd, limits(batch=2))
    tasks = await started(batcher, 1, 2, 4, 6)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError, int, int]


@in_virtual_time
async def test_backend_that_loses_an_outcome_is_an_error_not_a_mix_up() -> None:
    async def forgetful(batch: Sequence[int]) -> list[int | Exception]:
        return list(batch[1:])

    tasks = await started(Batcher(forgetful, limits()), 1)
    with pytest.raises(ValueError, match="zip"):
        await tasks[0]


@in_virtual_time
async def test_closing_flushes_what_was_accepted_and_refuses_the_rest() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits(batch=2))
    tasks = await started(batcher, *range(5))
    closing = asyncio.ensure_future(batcher.aclose())
    await started(batcher)
    with pytest.raises(BatcherClosedError):
        await batcher.submit(9)
    await closing
    assert [task.result() for task in tasks] == [0, 2, 4, 6, 8]
    assert backend.running == 0


@in_virtual_time
async def test_idle_batcher_closes_at_once() -> None:
    await Batcher(Backend(), limits()).aclose()


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
    deadline=st.sampled_from([0.5, 2.0, 100.0]),
)
def test_whatever_comes_every_call_ends_as_it_should(
    calls: list[tuple[int, float, float | None]],
    batch: int,
    waiting: int,
    deadline: float,
) -> None:
    backend = Backend()

    async def call(
        batcher: Batcher[int, int], item: int, at: float, cancelled_after: float | None
    ) -> tuple[int, object]:
        await asyncio.sleep(at)
        try:
            async with asyncio.timeout(cancelled_after):
                return item, await batcher.submit(item)
        except Exception as error:  # noqa: BLE001 — исход и есть предмет теста
            return item, error

    async def main() -> list[tuple[int, object]]:
        batcher: Batcher[int, int] = Batcher(
            backend,
            limits(batch=batch, waiting=waiting, deadline=deadline),
        )
        ended = await asyncio.gather(*(call(batcher, *arguments) for arguments in calls))
        await batcher.aclose()
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
    assert backend.most_running <= 1
    assert backend.running == 0
