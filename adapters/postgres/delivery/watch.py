"""Присмотр за событиями: сколько их ждёт и до верного ли срока, что пора забыть, идёт ли уборка."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from psycopg.pq.abc import PGresult

from adapters.delivery_observer import DeliveryObserver
from adapters.postgres.delivery.statements import FORGET, HASTEN, HOLDER, LAG
from adapters.postgres.delivery.unforeseen_errors import UnforeseenErrors
from adapters.postgres.text_format import cell
from application.waiting_events import EventsUnavailableError

type Ask = Callable[..., Awaitable[PGresult]]

_log = logging.getLogger("crm_api.events")

_LOOK = 15.0  # секунд между взглядами
_MOST = 100_000  # событий подписчика, которые считаются: рассылка ждёт их доли секунды
_FARTHEST = 3700.0  # секунд, дальше которых ничего не откладывают: наибольшая пауза и срок взятого
_LONG = 300.0  # секунд, с которых о том, кто держит уборку, стоит сказать


class EventsRefusedError(EventsUnavailableError):
    """Команду о событиях роли не исполнят и потом: на то нет права или того, о чём она."""


class EventsWatch:
    """Время от времени смотрит на события и на то, что с их таблицами."""

    def __init__(self, ask: Ask, observer: DeliveryObserver, keep_days: int) -> None:
        """Готовит присмотр.

        Args:
            ask: исполняет команду; её отказ — ``EventsUnavailableError``, а если она не для этой
                роли или не для этого сервера, то ``EventsRefusedError``.
            observer: кому рассказывать, сколько событий ждёт.
            keep_days: сколько дней помнить доставленные; 0 — не помнить.
        """
        self._ask = ask
        self._observer = observer
        self._keep_days = keep_days
        self._names: set[str] = set()
        self._holder: tuple[bytes, ...] = ()
        self._held_since = 0.0
        self._is_told = False
        self._may_see_holders = True
        self._forgets = True

    async def run(self) -> None:
        """Смотрит, пока не отменят."""
        errors = UnforeseenErrors("looking at the events has failed", _LOOK)
        while True:
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 — что бы ни случилось, присмотр не кончается
                errors.tell(error)
                self._lose()
            else:
                errors.forget()
            await asyncio.sleep(_LOOK)

    async def _look(self) -> None:
        try:
            lag = await self._ask(LAG, str(_MOST).encode())
        except EventsUnavailableError as error:
            _log.debug("%s", error)  # об этом уже сказала рассылка
            self._lose()
            return
        self._tell_lag(lag)
        await self._hasten()
        await self._forget()
        await self._look_for_holder()

    def _lose(self) -> None:
        for name in self._names:
            self._observer.lost(name)

    def _tell_lag(self, lag: PGresult) -> None:
        """Рассказывает, сколько ждёт; кого с прошлого раза убрали, того не ждёт ничего."""
        names = set()
        for row in range(lag.ntuples):
            name, waiting, oldest, is_paused = (cell(lag, row, column) for column in range(4))
            names.add(name.decode())
            self._observer.lag(
                name.decode(),
                waiting=int(waiting),
                oldest=float(oldest or 0),
                is_paused=is_paused == b"t",
            )
        for gone in self._names - names:
            self._observer.lag(gone, waiting=0, oldest=0, is_paused=False)
        self._names = names

    async def _hasten(self) -> None:
        """Не даёт ждать тому, что записано по часам, которые с тех пор перевели назад."""
        try:
            found = await self._ask(HASTEN, str(_FARTHEST).encode())
        except EventsUnavailableError as error:
            _log.debug("it is not seen whether the clock was set back: %s", error)
            return
        if count := int(cell(found, 0, 0)):
            _log.warning(
                "%d events waited for a time that the clock of PostgreSQL was set back from:"
                " they are due now",
                count,
            )

    async def _forget(self) -> None:
        """Забывает доставленные давно; что это не выходит, говорит один раз, пока не выйдет."""
        try:
            await self._ask(FORGET, str(self._keep_days).encode())
        except EventsUnavailableError as error:
            if self._forgets:
                _log.warning("events delivered long ago stay in past_events: %s", error)
            self._forgets = False
        else:
            self._forgets = True

    async def _look_for_holder(self) -> None:
        """Говорит, один раз о каждом, кто давно не даёт убирать мёртвые строки."""
        if not self._may_see_holders:
            return
        try:
            found = await self._ask(HOLDER)
        except EventsUnavailableError as error:
            self._may_see_holders = not isinstance(error, EventsRefusedError)
            _log.debug("it is not seen who holds back the cleaning: %s", error)
            return
        holder = tuple(cell(found, 0, column) for column in range(2)) if found.ntuples else ()
        if holder != self._holder:
            self._holder, self._held_since, self._is_told = holder, time.monotonic(), False
        held = time.monotonic() - self._held_since
        if holder and held >= _LONG and not self._is_told:
            self._is_told = True
            _log.warning(
                "%s has been keeping PostgreSQL from removing dead rows for %.0f min: sent events"
                " stay on the disk and slow the sending down",
                holder[0].decode(),
                held / 60,
            )
