"""Сборка одновременных вызовов в пачки: о покупателях и SQL здесь ничего не известно."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen

_FEW = 16  # вызовов: столько делить незачем


class BatchingError(Exception):
    """Вызов не принят или не дождался исхода."""


class QueueFullError(BatchingError):
    """Ждущих вызовов столько, сколько разрешено; этот не принят."""


class DeadlinePassedError(BatchingError):
    """Срок вызова прошёл; если его пачка уже выполнялась, исход неизвестен."""


class BatcherClosedError(BatchingError):
    """Новые вызовы больше не принимаются; этот не принят."""


@frozen(kw_only=True)
class BatchLimits:
    """Пределы сборщика.

    Attributes:
        batch: вызовов в пачке, не больше.
        waiting: вызовов в очереди, не больше.
        deadline: секунд от вызова до ответа, не больше.
    """

    batch: int
    waiting: int
    deadline: float


class Batcher[Item, Outcome]:
    """Выполняет вызовы пачками, по одной пачке за раз.

    Пока выполняется одна пачка, вызовы копятся для следующей; когда не выполняется ничего,
    вызов уходит сразу, без таймера. Толпа идёт половинами: пока пишется одна, отвечают другой.
    Уйди все сразу, все сразу и вернулись бы, и стояли бы то исполнитель, то отвечающий. Отмена
    вызова отменяет только его ожидание: из очереди он выпадает, а начатую пачку не трогает.
    """

    def __init__(
        self,
        execute: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | Exception]]],
        limits: BatchLimits,
    ) -> None:
        """Создаёт пустой сборщик.

        Args:
            execute: выполняет пачку; возвращает исходы в порядке пачки, по одному на вызов.
                Исход-исключение достаётся своему вызову, брошенное исключение — всем.
            limits: пределы.
        """
        self._execute = execute
        self._limits = limits
        self._queue: dict[asyncio.Future[Outcome], Item] = {}
        self._expiring: deque[tuple[float, asyncio.Future[Outcome]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._answered = 0  # вызовов в прошлой пачке: скоро они придут снова
        self._is_closed = False

    async def submit(self, item: Item) -> Outcome:
        """Ставит вызов в очередь и возвращает его исход.

        Raises:
            QueueFullError: очередь полна.
            DeadlinePassedError: срок прошёл раньше исхода.
            BatcherClosedError: сборщик закрыт.
        """
        if self._is_closed:
            raise BatcherClosedError
        if len(self._queue) >= self._limits.waiting:
            raise QueueFullError
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        self._queue[outcome] = item
        if self._running is None:
            # Начнётся на следующем обороте цикла событий: вызовы одного оборота идут вместе.
            self._running = loop.create_task(self._run())
        # Срок у всех одной длины, поэтому истекают они в порядке прихода и таймер нужен один: свой
        # у каждого вызова стоил бы дороже самого ожидания.
        self._expiring.append((loop.time() + self._limits.deadline, outcome))
        if self._timer is None:
            self._timer = loop.call_later(self._limits.deadline, self._expire)
        try:
            return await outcome
        finally:
            self._queue.pop(outcome, None)  # кто не дождался своей пачки, тот места не держит
            # Исключение ссылается на этот кадр, а кадр через ``outcome`` на исключение: без ``del``
            # такой круг убрал бы только сборщик мусора.
            del outcome

    @property
    def waiting(self) -> int:
        """Сколько вызовов ждёт своей пачки."""
        return len(self._queue)

    async def aclose(self) -> None:
        """Перестаёт принимать вызовы и дожидается исхода всех принятых."""
        self._is_closed = True
        if self._running:
            await asyncio.wait({self._running})
        if self._timer:
            self._timer.cancel()

    async def _run(self) -> None:
        """Выполняет пачки, пока очередь не опустеет."""
        try:
            while calls := self._taken():
                try:
                    outcomes = await self._execute(list(calls.values()))
                    for call, outcome in zip(calls, outcomes, strict=True):
                        _tell(call, outcome)
                except Exception as error:  # noqa: BLE001 — о чужой ошибке должен узнать каждый вызов
                    for call in calls:
                        _tell(call, error)
                finally:
                    # Сюда с неизвестным исходом попадает только отмена самой задачи.
                    for call in calls:
                        call.cancel()
                    # У вызовов с исходом срока больше нет: помнить их до него незачем.
                    while self._expiring and self._expiring[0][1].done():
                        self._expiring.popleft()
        finally:
            # Здесь же, а не обратным вызовом задачи: между пустой очередью и её концом не должно
            # быть мгновения, когда новый вызов счёл бы её ещё работающей.
            self._running = None

    def _taken(self) -> dict[asyncio.Future[Outcome], Item]:
        """Берёт из очереди следующую пачку."""
        half = (len(self._queue) + self._answered + 1) // 2
        most = min(max(half, _FEW), self._limits.batch)
        calls: dict[asyncio.Future[Outcome], Item] = {}
        passed = []
        for call, item in self._queue.items():
            if len(calls) == most:
                break
            passed.append(call)
            if not call.done():
                calls[call] = item
        for call in passed:
            del self._queue[call]
        self._answered = len(calls)
        return calls

    def _expire(self) -> None:
        """Завершает вызовы, чей срок прошёл, и ставит таймер на ближайший из остальных."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._expiring:
            deadline, outcome = self._expiring[0]
            if not outcome.done() and deadline > loop.time():
                self._timer = loop.call_at(deadline, self._expire)
                return
            _tell(outcome, DeadlinePassedError())
            self._expiring.popleft()


def _tell[Outcome](future: asyncio.Future[Outcome], outcome: Outcome | Exception) -> None:
    if future.done():
        return  # вызов отменён или его срок прошёл
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
