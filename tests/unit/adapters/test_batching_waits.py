"""Сборщик пачек: кто ушёл, кому нет места и чей срок вышел."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.batching import Batcher, DeadlinePassedError, QueueFullError
from tests.support.doubling_backend import Backend, limits, started
from tests.support.virtual_time import in_virtual_time


@in_virtual_time
async def test_cancelled_caller_leaves_the_queue() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())
    tasks = [*await started(batcher, 1), *await started(batcher, 2, 3, 4, 5)]
    tasks[1].cancel()
    tasks[3].cancel()  # не первый: из очереди его уберёт только своя пачка
    assert await tasks[0] == 2
    assert [await tasks[2], await tasks[4]] == [6, 10]
    assert backend.batches == [[1], [3, 5]]
    assert batcher.waiting == 0


@in_virtual_time
async def test_cancelled_caller_does_not_stop_a_batch_under_way() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())
    lost, kept = await started(batcher, 1, 2)
    lost.cancel()
    assert await kept == 4
    assert backend.batches == [[1, 2]]


@in_virtual_time
async def test_batch_goes_on_when_all_its_callers_are_cancelled() -> None:
    backend = Backend()
    batcher = Batcher(backend, limits())
    for task in await started(batcher, 1, 2):
        task.cancel()
    await started(batcher)
    assert backend.running == 1
    assert await batcher.submit(3) == 6
    assert backend.batches == [[1, 2], [3]]


@in_virtual_time
async def test_full_queue_refuses_at_once_and_then_takes_again() -> None:
    batcher = Batcher(Backend(), limits(waiting=2))
    under_way = await started(batcher, 1)
    waiting = await started(batcher, 2, 3)
    with pytest.raises(QueueFullError):
        await batcher.submit(4)
    await asyncio.gather(*under_way, *waiting)
    assert await batcher.submit(5) == 10


@in_virtual_time
async def test_cancelled_callers_take_no_room_in_the_queue() -> None:
    batcher = Batcher(Backend(), limits(waiting=2))
    under_way = await started(batcher, 1)
    gone, stays = await started(batcher, 2, 3)
    gone.cancel()
    added = await started(batcher, 4)
    assert await asyncio.gather(*under_way, stays, *added) == [2, 6, 8]


@in_virtual_time
async def test_calls_that_a_batch_passes_over_hold_no_place_for_a_moment_longer() -> None:
    gate = asyncio.get_running_loop().create_future()

    async def waits(items: Sequence[int]) -> Sequence[int]:
        await gate
        return items

    batcher = Batcher(waits, limits(waiting=3))
    under_way = await started(batcher, 1)
    gone = await started(batcher, 2, 3, 4)
    # Пачка кончается, новый вызов приходит и прежних отменяют — всё за один оборот.
    gate.set_result(None)
    late = asyncio.ensure_future(batcher.submit(5))
    for call in gone:
        call.cancel()
    assert await asyncio.gather(*under_way, late) == [1, 5]


@in_virtual_time
async def test_call_past_its_deadline_is_never_sent() -> None:
    backend = Backend(seconds=10)
    batcher = Batcher(backend, limits(deadline=3))
    under_way = await started(batcher, 1)
    waiting = await started(batcher, 2)
    outcomes = await asyncio.gather(*under_way, *waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DeadlinePassedError] * 2
    await batcher.aclose()
    assert backend.batches == [[1]]


@in_virtual_time
async def test_frozen_backend_leaves_no_expired_calls_in_the_queue() -> None:
    batcher = Batcher(Backend(seconds=1000), limits(deadline=1, waiting=2))
    await started(batcher, 1)
    for n in range(50):
        outcomes = await asyncio.gather(
            batcher.submit(n), batcher.submit(n), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [DeadlinePassedError] * 2


@in_virtual_time
async def test_cancelled_batch_cancels_its_callers_before_their_deadline() -> None:
    async def cancelled(_batch: Sequence[int]) -> list[int | Exception]:
        raise asyncio.CancelledError

    tasks = await started(Batcher(cancelled, limits(deadline=60)), 1, 2)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
