"""Рассылка без конца: сколько брать у каждого подписчика и когда смотреть снова."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from attrs import define, field

from application.deliver_events import DeliverEvents, Round
from application.subscriber import Subscriber
from application.waiting_events import EventsUnavailableError

WINDOW = 100
"""Событий, которые шлют одному подписчику разом."""

_log = logging.getLogger("crm_api.events")

_GATHERING = 0.02  # секунд: под нагрузкой рассылка берёт то, что за них накопилось, одной командой
_LONGEST_COURTESY = 0.1  # секунд: рассылка молчащему длится долго, а циклу событий не мешает
_PROBE = 1.0  # секунд между попытками достучаться до подписчика, который не принял ничего
_AWAY = 1.0  # секунд между попытками, пока события недоступны


@define(eq=False)
class News:
    """Весть о том, что появились события; слышат её все, кто ждёт в этом процессе."""

    _heard: list[asyncio.Event] = field(factory=list, init=False)

    def tell(self) -> None:
        """Говорит: ждать следующего взгляда незачем."""
        for heard in self._heard:
            heard.set()

    def awaited(self) -> asyncio.Event:
        """Возвращает то, что станет верным с этой вестью; сбрасывает его ждущий сам."""
        heard = asyncio.Event()
        self._heard.append(heard)
        return heard


@define(eq=False)
class Relay:
    """Рассылает события подписчикам, пока не остановят; подписчики друг друга не ждут.

    У кого не принято ничего, у того берут вдвое меньше, а по одному — не чаще раза в секунду: так
    мёртвый не занимает сервис, ожившего не топят, а одно негодное событие держит остальные не
    дольше секунды; оставшееся без ответа — дольше на попытку. Принял хоть одно — берут вдвое
    больше.

    Attributes:
        poll: через сколько секунд посмотреть снова, если новостей нет.
        courtesy: во сколько раз дольше рассылки отдыхать после неё: тому, кто работает в том же
            процессе, нужен его цикл событий.
    """

    _deliver: DeliverEvents
    _subscribers: Sequence[Subscriber]
    _news: News
    _poll: float = field(kw_only=True)
    _courtesy: float = field(default=0.0, kw_only=True)
    _stopped: asyncio.Event = field(factory=asyncio.Event, init=False)

    def stop(self) -> None:
        """Велит кончить: что взято, доводится до ответа, нового не берут."""
        self._stopped.set()
        self._news.tell()

    async def run(self) -> None:
        """Рассылает, пока не велят кончить."""
        async with asyncio.TaskGroup() as group:
            for subscriber in self._subscribers:
                group.create_task(self._serve(subscriber, self._news.awaited()))

    async def _serve(self, subscriber: Subscriber, news: asyncio.Event) -> None:
        window = WINDOW
        told: type[Exception] | None = None
        clock = asyncio.get_running_loop().time
        while not self._stopped.is_set():
            news.clear()
            began_at = clock()
            try:
                ended = await self._deliver(subscriber, window)
            except Exception as error:  # noqa: BLE001 — что бы ни случилось, рассылка не кончается
                if type(error) is not told:
                    _tell(subscriber, error)
                told = type(error)
                await _rest(_AWAY, self._stopped)
                continue
            told = None
            if not ended.taken:
                await _rest(self._poll, news)
            elif not ended.delivered and window == 1:
                await _rest(_PROBE, self._stopped)
            else:
                gathering = _GATHERING if ended.taken < window else 0.0
                courtesy = min((clock() - began_at) * self._courtesy, _LONGEST_COURTESY)
                await _rest(max(gathering, courtesy), self._stopped)
            window = _next_window(ended, window)


def _tell(subscriber: Subscriber, error: Exception) -> None:
    if isinstance(error, EventsUnavailableError):
        _log.warning("%s; trying again every %g s", error, _AWAY)
    else:
        told = "sending to %s has failed; trying again every %g s"
        _log.error(told, subscriber.name, _AWAY, exc_info=error)


def _next_window(ended: Round, window: int) -> int:
    """Возвращает, сколько событий взять в следующий раз."""
    if ended.delivered:
        return min(2 * window, WINDOW)
    return max(window // 2, 1) if ended.taken else window


async def _rest(seconds: float, until: asyncio.Event) -> None:
    """Ждёт, но не дольше, чем до события."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
