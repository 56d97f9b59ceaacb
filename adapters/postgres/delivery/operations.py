"""Подписчики глазами оператора: завести, приостановить, послать заново, убрать."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from attrs import frozen
from sqlalchemy import Connection, text

from adapters.postgres.connection import DatabaseError, engine, transaction
from domain.events import CUSTOMER_REGISTERED, Source

_PART = 10_000  # покупателей за раз: транзакция длится доли секунды

_SUBSCRIBE = text(
    "INSERT INTO event_subscribers (name, types) VALUES (:name, :types)"
    " ON CONFLICT (name) DO UPDATE SET types = excluded.types"
    " WHERE event_subscribers.types <> excluded.types"
)
_STATUS = text("""
    SELECT name, types, is_paused, paused_because,
        (SELECT count(*) FROM waiting_events WHERE subscriber_id = event_subscribers.id),
        (
            SELECT max(greatest(extract(epoch FROM clock_timestamp() - written_at), 0))::float8
            FROM waiting_events WHERE subscriber_id = event_subscribers.id
        ),
        (
            SELECT count(*) FROM past_events
            WHERE subscriber_id = event_subscribers.id AND failure IS NOT NULL
        )
    FROM event_subscribers ORDER BY name
""")
_FAILED_AGAIN = text("""
    WITH again AS (
        DELETE FROM past_events WHERE subscriber_id = :id AND failure IS NOT NULL RETURNING *
    )
    INSERT INTO waiting_events (subscriber_id, type, customer_id, source, trace, happened_at)
    SELECT subscriber_id, type, customer_id, source, trace, happened_at FROM again ORDER BY id
""")
# По номерам, а не по времени: указателя по нему нет, а так таблица читается один раз.
_SINCE = text("""
    WITH part AS MATERIALIZED (
        SELECT id, registered_at FROM customers
        WHERE id > :after AND id <= :last ORDER BY id LIMIT :part
    ), told AS (
        INSERT INTO waiting_events (subscriber_id, type, customer_id, source)
        SELECT :id, :type, part.id, :source FROM part
        WHERE CAST(:since AS timestamp) IS NULL OR registered_at >= :since
        ORDER BY part.id RETURNING customer_id
    )
    SELECT (SELECT max(id) FROM part), (SELECT count(*) FROM told)
""")
_BEFORE_ALL = -(2**63)  # номер, меньше которых нет


class UnknownSubscriberError(DatabaseError):
    """Такого подписчика в базе данных нет."""


class NotSubscribedError(DatabaseError):
    """Этих событий подписчик не просил."""


@frozen(kw_only=True)
class SubscriberStatus:
    """Что известно о подписчике.

    Attributes:
        name: имя.
        types: какие события он просил.
        is_paused: приостановлен ли.
        paused_because: почему, если не оператором.
        waiting: сколько событий его ждёт.
        oldest: сколько секунд ждёт самое старое; ``None`` — ждать нечему.
        failed: от скольких пришлось отступиться.
    """

    name: str
    types: Collection[str]
    is_paused: bool
    paused_because: str | None
    waiting: int
    oldest: float | None
    failed: int


def subscribe(database_url: str, wanted: Mapping[str, Collection[str]], *, log_sql: bool) -> None:
    """Заводит подписчиков, которых ещё нет: с этого мгновения пишутся и события для них.

    Args:
        database_url: адрес libpq.
        wanted: какие события кому, по именам; у тех, кто уже есть, меняются и они.
        log_sql: писать ли в журнал команды SQL.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна или таблиц в ней нет.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        for name, types in wanted.items():
            connection.execute(_SUBSCRIBE, {"name": name, "types": list(types)})


def statuses(database_url: str, *, log_sql: bool) -> list[SubscriberStatus]:
    """Возвращает подписчиков по именам; ошибки те же."""
    fields = ("name", "types", "is_paused", "paused_because", "waiting", "oldest", "failed")
    with transaction(database_url, log_sql=log_sql) as connection:
        return [
            SubscriberStatus(**dict(zip(fields, row, strict=True)))
            for row in connection.execute(_STATUS)
        ]


def set_paused(database_url: str, name: str, *, is_paused: bool, log_sql: bool) -> None:
    """Приостанавливает подписчика или велит продолжать; события копятся и так и так.

    Raises:
        UnknownSubscriberError: такого нет.
        adapters.postgres.connection.DatabaseError: база данных недоступна.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        change = text(
            "UPDATE event_subscribers SET is_paused = :is_paused, paused_because = NULL"
            " WHERE id = :id"
        )
        number = _number(connection, name)
        connection.execute(change, {"id": number, "is_paused": is_paused})


def remove(database_url: str, name: str, *, log_sql: bool) -> int:
    """Убирает подписчика и всё, что его ждёт; ошибки те же.

    Returns:
        Сколько событий его ждало.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        number = {"id": _number(connection, name)}
        connection.execute(text("DELETE FROM event_subscribers WHERE id = :id"), number)
    # Второй транзакцией: регистрация, начатая до первой, могла успеть записать ещё одно. Чего не
    # видно и второй, то уберёт рассылка (FORGET). Прошедшие — последними: отмеченное тем временем
    # окажется среди них.
    with transaction(database_url, log_sql=log_sql) as connection:
        waiting = text("DELETE FROM waiting_events WHERE subscriber_id = :id")
        lost = connection.execute(waiting, number).rowcount
        connection.execute(text("DELETE FROM past_events WHERE subscriber_id = :id"), number)
        return lost


def replay_failed(database_url: str, name: str, *, log_sql: bool) -> int:
    """Ставит ждать то, от чего пришлось отступиться; ошибки те же.

    Returns:
        Сколько событий поставлено.
    """
    with transaction(database_url, log_sql=log_sql) as connection:
        return connection.execute(_FAILED_AGAIN, {"id": _number(connection, name)}).rowcount


def replay_since(
    database_url: str, name: str, *, since: datetime | None, log_sql: bool, part: int = _PART
) -> Iterator[int]:
    """Ставит ждать по событию о каждом, кто записан с этого времени, каким бы путём он ни пришёл.

    Части — отдельные транзакции: большая таблица не держит ни замков, ни уборки. Остановленное на
    середине начинают заново; дважды посланное подписчик узнаёт по номеру события.

    Args:
        database_url: адрес libpq.
        name: имя подписчика.
        since: с какого времени; UTC; ``None`` — с самого начала.
        log_sql: писать ли в журнал команды SQL.
        part: сколько покупателей в части.

    Returns:
        Сколько событий поставлено, по частям.

    Raises:
        UnknownSubscriberError: такого нет.
        NotSubscribedError: о регистрациях ему не рассказывают.
        adapters.postgres.connection.DatabaseError: база данных недоступна.
    """
    moment = since and since.astimezone(UTC).replace(tzinfo=None)  # столбец без пояса
    with engine(database_url, log_sql=log_sql, sees_all=True) as opened:
        with opened.begin() as connection:
            given = {
                "id": _number(connection, name),
                "type": CUSTOMER_REGISTERED,
                "source": Source.BACKFILL,
                "since": moment,
                "part": part,
                "last": connection.scalar(text("SELECT max(id) FROM customers")),
            }
            if CUSTOMER_REGISTERED not in _types(connection, given["id"]):
                raise NotSubscribedError(f"{name} does not take {CUSTOMER_REGISTERED}")
        after: int | None = _BEFORE_ALL
        while True:
            with opened.begin() as connection:
                after, told = connection.execute(_SINCE, given | {"after": after}).one()
            if after is None:
                return
            yield told


def _number(connection: Connection, name: str) -> int:
    found = text("SELECT id FROM event_subscribers WHERE name = :name")
    number = connection.scalar(found, {"name": name})
    if number is None:
        names = ", ".join(connection.scalars(text("SELECT name FROM event_subscribers ORDER BY 1")))
        raise UnknownSubscriberError(
            f"there is no subscriber {name!r} in this database;"
            f" there are{': ' + names if names else ' none'}"
        )
    return int(number)


def _types(connection: Connection, number: object) -> Collection[str]:
    types = text("SELECT types FROM event_subscribers WHERE id = :id")
    return frozenset(connection.scalar(types, {"id": number}) or ())
