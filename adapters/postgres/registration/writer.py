"""Запись пачек: исход каждой просьбы, что бы ни случилось с остальными и со связью."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import psycopg

from adapters.postgres.connection import DatabaseError, connection_arguments, named
from adapters.postgres.registration.outcomes import Outcome, Verdicts
from adapters.postgres.registration.request import RegistrationRequest, first_of_repeats
from adapters.postgres.registration.session import UnknownOutcomeError, WritingConnection
from adapters.write_observer import WriteObserver
from application.customer_repository import Registration, RepositoryUnavailableError
from domain.customer import Customer
from domain.errors import EmailAlreadyRegisteredError

_log = logging.getLogger("crm_api.database")

# Первые знаки SQLSTATE (PostgreSQL, Appendix A). Виноваты данные одной строки или чужой замок,
# порознь остальные строки запишутся: 22, 23 и 44 — данные и ограничения, 40 — взаимная блокировка,
# 55 — занятый объект, P0 и 45 — отказ триггера (RAISE EXCEPTION; 45 — по обычаю SQL/PSM),
# 42501 — отказ политики строк.
_ONE_ROW = ("22", "23", "40", "42501", "44", "45", "55", "P0")
# Сервер сейчас не пишет: 08 — связь, 25 — только чтение, 53 — кончились место или соединения,
# 57 и 58 — остановка и сбой системы.
_WHOLE_SERVER = ("08", "25", "53", "57", "58")
_NOT_NOW = (*_WHOLE_SERVER, "40", "55")
_TAKEN_KEY = "idempotency_keys_pkey"

_PATIENCE = 4.0  # секунд на пачку вместе с выяснением её исхода: вызовы ждут не дольше
_PAUSE = 0.1  # секунд между попытками выяснить исход


class UnexpectedDatabaseError(DatabaseError):
    """База данных отказала не потому, что недоступна: ошибка в этом коде или в её схеме."""


class BatchWriter:
    """Записывает пачки просьб.

    Соединений столько, сколько пачек пишется одновременно: они открываются по необходимости, а
    сомнительные закрываются.
    """

    def __init__(self, database_url: str, *, log_sql: bool, observer: WriteObserver) -> None:
        self._arguments = connection_arguments(database_url)
        self._log_sql = log_sql
        self._observer = observer
        self._free: list[WritingConnection] = []
        self._is_closed = False

    async def __call__(self, batch: Sequence[RegistrationRequest]) -> Sequence[Outcome]:
        """Записывает пачку и возвращает исходы в её порядке.

        Отказ из-за одной строки не достаётся соседям: тогда строки пишутся по одной. О чьём
        исходе сервер не сказал, те посылаются ещё раз, пока исход не станет известен.
        """
        return await self._settled(batch, time.monotonic() + _PATIENCE, is_repeat=False)

    @property
    def idle_connections(self) -> int:
        """Сколько открытых соединений ждёт следующей пачки."""
        return len(self._free)

    async def aclose(self) -> None:
        """Закрывает соединения; занятое пачкой закроется вслед за ней."""
        self._is_closed = True
        while self._free:
            await self._free.pop().close()

    async def _settled(
        self, batch: Sequence[RegistrationRequest], until: float, *, is_repeat: bool
    ) -> Sequence[Outcome]:
        """Посылает просьбы, пока исход каждой не известен или не вышло время.

        Чья судьба за одну команду не решилась, те идут в следующую: проигравший гонку увидит в ней
        победителя, а повтор — того, кого он повторяет. Решённых отказ следующей уже не касается.

        Args:
            batch: пачка.
            until: до какого мгновения ``time.monotonic`` стараться.
            is_repeat: её уже посылали, и что-то из неё могло записаться.
        """
        outcomes: dict[int, Outcome] = {}
        while places := [place for place in range(len(batch)) if place not in outcomes]:
            part = [batch[place] for place in places]
            try:
                found = await self._tried(part, until, is_repeat=is_repeat)
            except UnknownOutcomeError as error:
                self._doubt(error)
                is_repeat = True
                await asyncio.sleep(_PAUSE)
                continue
            outcomes |= {
                place: outcome
                for place, outcome in zip(places, found, strict=True)
                if outcome is not None
            }
        return [outcomes[place] for place in range(len(batch))]

    async def _tried(
        self, batch: Sequence[RegistrationRequest], until: float, *, is_repeat: bool
    ) -> Sequence[Outcome | None]:
        """Посылает пачку один раз; ``None`` — исход ещё не известен.

        Raises:
            UnknownOutcomeError: о ней сервер не сказал ничего.
        """
        if time.monotonic() >= until:
            return [_too_late(len(batch), is_repeat=is_repeat)] * len(batch)
        try:
            return await self._write(batch, is_repeat=is_repeat)
        except psycopg.Error as error:
            self._observer.database_error(error.sqlstate)
            if len(batch) > 1 and _sqlstate(error).startswith(_ONE_ROW):
                return await self._one_by_one(batch, until, is_repeat=is_repeat)
            if not is_repeat and error.diag.constraint_name != _TAKEN_KEY:
                return [_translated(error)] * len(batch)
        await asyncio.sleep(_PAUSE)
        return [None] * len(batch)

    async def _one_by_one(
        self, batch: Sequence[RegistrationRequest], until: float, *, is_repeat: bool
    ) -> list[Outcome | None]:
        """Посылает строки порознь; кто не успел до срока, тот не отправлен вовсе."""
        return [await self._alone(request, until, is_repeat=is_repeat) for request in batch]

    async def _alone(
        self, request: RegistrationRequest, until: float, *, is_repeat: bool
    ) -> Outcome | None:
        if not is_repeat:
            return (await self._settled([request], until, is_repeat=False))[0]
        # Исхода повтора, который держит чужой замок, соседи не ждут: спросят ещё раз всех.
        try:
            return (await self._tried([request], until, is_repeat=True))[0]
        except UnknownOutcomeError as error:
            self._doubt(error)
            return None

    def _doubt(self, error: UnknownOutcomeError) -> None:
        self._observer.database_error(error.sqlstate)
        _log.warning("%s: asking again", error)

    async def _write(
        self, batch: Sequence[RegistrationRequest], *, is_repeat: bool
    ) -> Sequence[Outcome | None]:
        if not is_repeat and all(request.key is None for request in batch):
            outcomes = await self._insert(batch)
            if any(outcome is not None for outcome in outcomes):
                return outcomes
        return await self._settle(batch, is_repeat=is_repeat)

    async def _insert(self, batch: Sequence[RegistrationRequest]) -> Sequence[Outcome | None]:
        """Записывает просьбы без ключей короткой командой; ``None`` — исход скажет другая."""
        first = first_of_repeats(batch)
        customers = [batch[place].customer for place, is_one in enumerate(first) if is_one]
        ids = await self._on_connection(partial(WritingConnection.insert, batch=customers))
        outcomes: list[Outcome | None] = []
        for (customer, _), is_first in zip(batch, first, strict=True):
            if customer.email not in ids:
                outcomes.append(None)
            elif is_first and (number := ids[customer.email]) is not None:
                outcomes.append(Registration(Customer.of(customer, id=number)))
            else:
                outcomes.append(EmailAlreadyRegisteredError(customer.email))
        return outcomes

    async def _settle(
        self, batch: Sequence[RegistrationRequest], *, is_repeat: bool
    ) -> Sequence[Outcome | None]:
        """Записывает просьбы с ключами или узнаёт исход уже посланных."""
        for _ in range(2):
            outcomes = await self._judged(batch, is_repeat=is_repeat)
            if any(outcome is not None for outcome in outcomes):
                return outcomes
        # Гонка проигрывается один раз. Второй раз строки нет потому, что её не пускает сама база
        # данных (триггер, RLS): сколько ни повторяй, будет то же.
        return [_swallowed()] * len(batch)

    async def _judged(
        self, batch: Sequence[RegistrationRequest], *, is_repeat: bool
    ) -> Sequence[Outcome | None]:
        first = first_of_repeats(batch)
        fates = await self._on_connection(
            partial(WritingConnection.settle, batch=batch, first=first)
        )
        verdicts = Verdicts(fates, is_repeat)
        return [
            verdicts.outcome(place, request, is_first=first[place])
            for place, request in enumerate(batch)
        ]

    async def _on_connection[Result](
        self, work: Callable[[WritingConnection], Awaitable[Result]]
    ) -> Result:
        connection = await self._connection()
        is_doubtful = True
        try:
            result = await work(connection)
            is_doubtful = False
        except psycopg.Error as error:
            is_doubtful = not _sqlstate(error).startswith(_ONE_ROW)
            raise
        finally:
            if is_doubtful or self._is_closed:
                await connection.close()
            else:
                self._free.append(connection)
        return result

    async def _connection(self) -> WritingConnection:
        while self._free:
            if (connection := self._free.pop()).is_usable:
                return connection
            await connection.close()
        return await WritingConnection.open(self._arguments, log_sql=self._log_sql)


def _sqlstate(error: psycopg.Error) -> str:
    return error.sqlstate or ""


def _too_late(count: int, *, is_repeat: bool) -> Exception:
    """Говорит, чего за отведённое время не вышло: записать или узнать, записано ли."""
    if not is_repeat:
        return RepositoryUnavailableError("there was no time left to store it")
    _log.error("no time left to learn the outcome of %d registrations", count)
    return RepositoryUnavailableError("it is not known whether it was stored")


def _swallowed() -> Exception:
    summary = "the row is neither stored nor taken: a trigger or a policy hides it"
    _log.error("database error: %s", summary)
    return UnexpectedDatabaseError(summary)


def _translated(error: psycopg.Error) -> Exception:
    """Переводит ошибку PostgreSQL на язык порта."""
    summary = named(error)
    _log.error("database error: %s", summary)
    if error.sqlstate is None or error.sqlstate.startswith(_NOT_NOW):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)
