"""Счёт регистраций в PostgreSQL: ничего не меняет, никому не мешает, долго не длится."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from attrs import evolve, frozen
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, exc, text

from adapters.postgres.connection import connection_arguments, engine
from application.registration_counts import (
    CountingStoppedError,
    CountRequest,
    Counts,
    RegistrationCounts,
)

_LOCK_TIMEOUT = 2000  # мс: таблицу держит одна лишь миграция

# Один процесс сервера: ядра нужны регистрациям.
_LIMITS = text("""
    SELECT set_config('statement_timeout', CAST(:milliseconds AS text), true),
        set_config('lock_timeout', CAST(:lock AS text), true),
        set_config('max_parallel_workers_per_gather', '0', true)
""")
# Границы считает вызывающий: пояса сервера могут быть не те, а так таблица читается один раз.
# Группа названа номером: столбец с её именем может быть и в принятой таблице.
_BY_TIME = text("""
    SELECT width_bucket(registered_at, CAST(:borders AS timestamp[])) AS place,
        count(*) AS registered
    FROM customers WHERE registered_at >= :first AND registered_at < :last GROUP BY 1
""")
# И страны, и возраст за одно чтение таблицы; место в группах есть только у возраста. В принятой
# таблице страна, которой не назвали, бывает и пустой. Приводят и сравнивают группы, а не строки:
# тех бывают миллионы.
_BY_PERSON = """
    WITH found AS MATERIALIZED (
        SELECT customers.country, customers.age, count(*) AS registered
        FROM customers WHERE {borders} GROUP BY customers.country, customers.age
    ), alike AS (
        SELECT nullif(CAST(country AS text), '') AS country, age, registered FROM found
    )
    SELECT coalesce(width_bucket(age, CAST(:ages AS integer[])), :unknown) AS place,
        NULL AS name, CAST(sum(registered) AS bigint)
    FROM alike GROUP BY place
    UNION ALL (
        SELECT NULL, country, CAST(sum(registered) AS bigint) AS registered
        FROM alike GROUP BY country HAVING sum(registered) >= :fewest
        ORDER BY registered DESC, country LIMIT :most
    )
"""
_BORDERS = {"since": "registered_at >= :since", "until": "registered_at < :until"}


@frozen
class PostgresRegistrationCounts(RegistrationCounts):
    """Считает одной транзакцией, которая только читает; если узлов несколько, то на резервном.

    Attributes:
        database_url: адрес libpq.
        timeout: сколько секунд может длиться каждая команда.
        log_sql: писать ли в журнал команды SQL.
    """

    database_url: str
    timeout: int
    log_sql: bool

    async def count(self, request: CountRequest) -> Counts:
        """Считает всё по одному снимку базы данных.

        Raises:
            CountingStoppedError: слишком долго, или резервный узел прервал счёт ради репликации.
            adapters.postgres.connection.DatabaseError: база данных недоступна или таблицы нет.
        """
        return await asyncio.to_thread(self._count, request)

    def _count(self, request: CountRequest) -> Counts:
        with self._reading() as connection:
            counts = Counts(borders=request.borders, between=_between(connection, request))
            if request.fewest is None and not request.ages:
                return counts
            ages, countries = _by_person(connection, request)
        if request.fewest is not None:
            counts = evolve(counts, countries=countries, all_countries=sum(ages))
        return evolve(counts, ages=ages) if request.ages else counts

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        url = _standby_first(self.database_url)
        with engine(url, log_sql=self.log_sql, sees_all=True) as opened:
            reading = opened.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            try:
                with reading.begin() as connection:
                    limits = {"milliseconds": self.timeout * 1000, "lock": _LOCK_TIMEOUT}
                    connection.execute(_LIMITS, limits)
                    yield connection
            except exc.DBAPIError as error:
                if why := self._stopped(error.orig):
                    raise CountingStoppedError(why) from None
                raise

    def _stopped(self, cause: BaseException | None) -> str | None:
        match cause:
            case psycopg.errors.QueryCanceled():
                return (
                    f"the report was stopped after {self.timeout} s, nobody was disturbed: ask for"
                    " a shorter time (--since), allow more seconds (--timeout), or name a standby"
                    " in CRM_DATABASE_URL beside the primary"
                )
            case psycopg.errors.SerializationFailure():
                return (
                    "the standby stopped the report to go on with replication: try again, or name"
                    " the primary alone in CRM_DATABASE_URL"
                )
            case _:
                return None


def _standby_first(database_url: str) -> str:
    """Из нескольких узлов выбирает резервный, если он есть (libpq, target_session_attrs)."""
    given = connection_arguments(database_url)
    is_alone = "," not in f"{given.get('host', '')}{given.get('hostaddr', '')}"
    return (
        database_url
        if is_alone
        else make_conninfo(database_url, target_session_attrs="prefer-standby")
    )


def _between(connection: Connection, request: CountRequest) -> tuple[int, ...]:
    borders = [_naive(border) for border in request.borders]
    if len(borders) < 2:  # noqa: PLR2004 — у промежутка две границы
        return ()
    limits = {"borders": borders, "first": borders[0], "last": borders[-1]}
    found = {row.place: row.registered for row in connection.execute(_BY_TIME, limits)}
    return tuple(found.get(place, 0) for place in range(1, len(borders)))


def _by_person(
    connection: Connection, request: CountRequest
) -> tuple[tuple[int, ...], dict[str | None, int]]:
    """Считает группы возраста, последней — без возраста, и большие страны."""
    ages = request.ages or (0,)
    moments = {"since": request.since, "until": request.until}
    given = {name: _naive(moment) for name, moment in moments.items() if moment is not None}
    statement = _BY_PERSON.format(borders=" AND ".join(_BORDERS[name] for name in given) or "true")
    limits = {
        **given,
        "ages": list(ages),
        "unknown": len(ages) + 1,
        "fewest": request.fewest or 0,
        "most": request.most,
    }
    rows = connection.execute(text(statement), limits).all()
    found = {place: count for place, _, count in rows if place is not None}
    by_age = tuple(found.get(place, 0) for place in range(len(ages) + 2))
    return by_age, {name: count for place, name, count in rows if place is None}


def _naive(moment: datetime) -> datetime:
    """Как время лежит в столбце: UTC без пояса."""
    return moment.astimezone(UTC).replace(tzinfo=None)
