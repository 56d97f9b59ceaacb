"""Запись пачек: исход каждой просьбы, что бы ни случилось с остальными и со связью."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import psycopg

from adapters.postgres.connection import connection_arguments
from adapters.postgres.fates import Outcome, Verdicts
from adapters.postgres.keyed_statements import first_of_repeats
from adapters.postgres.observer import WriteObserver
from adapters.postgres.registration_request import RegistrationRequest
from adapters.postgres.writing_connection import UnknownOutcomeError, WritingConnection
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


class UnexpectedDatabaseError(Exception):
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
        """Закрывает соединения."""
        while self._free:
            await self._free.pop().close()

    async def _settled(
        self, batch: Sequence[RegistrationRequest], until: float, *, is_repeat: bool
    ) -> Sequence[Outcome]:
        """Посылает пачку, пока исход каждой просьбы не известен или не вышло время.

        Args:
            batch: пачка.
            until: до какого мгновения ``time.monotonic`` стараться.
            is_repeat: её уже посылали, и что-то из неё могло записаться.
        """
        while True:
            try:
                return await self._write(batch, is_repeat=is_repeat)
            except psycopg.Error as error:
                self._observer.database_error(error.sqlstate)
                if len(batch) > 1 and _sqlstate(error).startswith(_ONE_ROW):
                    return await self._one_by_one(batch, until, is_repeat=is_repeat)
                if not is_repeat and error.diag.constraint_name != _TAKEN_KEY:
                    return [_translated(error)] * len(batch)
            except UnknownOutcomeError as error:
                self._observer.database_error(error.sqlstate)
                _log.warning("%s: asking again", error)
                is_repeat = True
            if time.monotonic() + _PAUSE >= until:
                _log.error("no time left to learn the outcome of %d registrations", len(batch))
                unknown = RepositoryUnavailableError("it is not known whether it was stored")
                return [unknown] * len(batch)
            await asyncio.sleep(_PAUSE)

    async def _one_by_one(
        self, batch: Sequence[RegistrationRequest], until: float, *, is_repeat: bool
    ) -> list[Outcome]:
        """Записывает строки порознь; кто не успел до срока, тот не отправлен вовсе."""
        late = RepositoryUnavailableError("there was no time left to store it")
        return [
            (await self._settled([request], until, is_repeat=is_repeat))[0]
            if time.monotonic() < until
            else late
            for request in batch
        ]

    async def _write(
        self, batch: Sequence[RegistrationRequest], *, is_repeat: bool
    ) -> Sequence[Outcome]:
        if is_repeat or any(request.key is not None for request in batch):
            return await self._settle(batch, is_repeat=is_repeat)
        return await self._insert(batch)

    async def _insert(self, batch: Sequence[RegistrationRequest]) -> Sequence[Outcome]:
        """Записывает просьбы без ключей: короткой командой, занятые адреса молчат."""
        # Из одинаковых адресов одной пачки записывается пришедший первым.
        first = {customer.email: customer for customer, _ in reversed(batch)}
        customers = list(first.values())
        ids = await self._on_connection(partial(WritingConnection.insert, batch=customers))
        return [
            Registration(Customer.of(customer, id=ids[customer.email]))
            if customer.email in ids and customer is first[customer.email]
            else EmailAlreadyRegisteredError(customer.email)
            for customer, _ in batch
        ]

    async def _settle(
        self, batch: Sequence[RegistrationRequest], *, is_repeat: bool
    ) -> Sequence[Outcome]:
        """Записывает просьбы с ключами или узнаёт исход уже посланных.

        Чья судьба за одну команду не решилась, идёт в следующую: проигравший гонку увидит в ней
        победителя, а повтор — того, кого он повторяет.
        """
        outcomes: dict[int, Outcome] = {}
        was_stuck = False
        while len(outcomes) < len(batch):
            known = len(outcomes)
            places = [place for place in range(len(batch)) if place not in outcomes]
            part = [batch[place] for place in places]
            first = first_of_repeats(part)
            fates = await self._on_connection(
                partial(WritingConnection.settle, batch=part, first=first)
            )
            verdicts = Verdicts(fates, is_repeat)
            for number, place in enumerate(places):
                outcome = verdicts.outcome(number, part[number], is_first=first[number])
                if outcome is not None:
                    outcomes[place] = outcome
            # Гонка проигрывается один раз. Второй раз строки нет потому, что её не пускает сама
            # база данных (триггер, RLS): сколько ни повторяй, будет то же.
            is_stuck = len(outcomes) == known
            if is_stuck and was_stuck:
                outcomes.update(dict.fromkeys(places, _swallowed()))
            was_stuck = is_stuck
        return [outcomes[place] for place in range(len(batch))]

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
            if is_doubtful:
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


def _swallowed() -> Exception:
    summary = "the row is neither stored nor taken: a trigger or a policy hides it"
    _log.error("database error: %s", summary)
    return UnexpectedDatabaseError(summary)


def _translated(error: psycopg.Error) -> Exception:
    """Переводит ошибку PostgreSQL, не повторяя её текста: в нём бывает адрес покупателя."""
    summary = (
        f"{type(error).__name__}, sqlstate {error.sqlstate},"
        f" constraint {error.diag.constraint_name}"
    )
    _log.error("database error: %s", summary)
    if error.sqlstate is None or error.sqlstate.startswith(_NOT_NOW):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)
