"""Начало сеанса: что в нём велено и что за таблицу покупателей он нашёл."""

from functools import cache

from attrs import frozen
from psycopg.pq.abc import PGresult

from adapters.postgres.registration.keyed_statement import insert_with_keys
from adapters.postgres.registration.statements import cell, insert_batch, insert_one
from adapters.postgres.statement import Statement

# Роль и база данных могут велеть своё (ALTER ROLE … SET), а от этого зависит верность записи.
_SETTINGS = {
    # Чужая транзакция, держащая один адрес, не должна задерживать всю пачку.
    "lock_timeout": "'500ms'",
    # План не зависит от того, что в пачке: незачем составлять его каждый раз.
    "plan_cache_mode": "'force_generic_plan'",
    # Проигравший гонку должен увидеть победителя, а не отказ.
    "default_transaction_isolation": "'read committed'",
    # WARNING — единственный знак, что запись может не пережить сбоя.
    "client_min_messages": "'warning'",
    # В принятой таблице столбец времени бывает и с поясом.
    "timezone": "'UTC'",
    # Иначе null в массиве — текст «null».
    "array_nulls": "'on'",
    # Прочие значения сильнее или слабее по воле оператора, но и они ждут диска.
    "synchronous_commit": "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')",
}
# Строку меняют триггеры и правила, а время — столбец, который не хранит микросекунд.
_TABLE = """
    SELECT format_type(email.atttypid, -1) AS email_type,
        NOT relhasrules
        AND moment.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
        AND moment.atttypmod IN (-1, 6)
        AND NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = pg_class.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A')
            AND tgtype & 4 <> 0
        ) AS keeps_rows
    FROM pg_class
    JOIN pg_attribute AS email ON email.attrelid = pg_class.oid AND email.attname = 'email'
    JOIN pg_attribute AS moment
        ON moment.attrelid = pg_class.oid AND moment.attname = 'registered_at'
    WHERE pg_class.oid = to_regclass('customers')
"""
OPEN_SESSION = Statement(
    "open_session",
    "SELECT "  # noqa: S608 — складывается из своих же строк
    + ", ".join(f"set_config('{name}', {value}, false)" for name, value in _SETTINGS.items())
    + f", email_type, keeps_rows FROM (SELECT) AS session LEFT JOIN ({_TABLE}) AS found ON true",
)
"""Велит сеансу всё нужное и узнаёт о таблице; читает ответ ``CustomersTable.found``."""


@frozen
class CustomersTable:
    """Таблица покупателей этой базы данных и команды для неё: принятые таблицы бывают разные.

    Attributes:
        keeps_rows: строка остаётся такой, какой послана. Иначе её могут изменить триггер, правило
            или столбец времени, и по данным просьба себя не узнает.
        insert_one: записывает одного покупателя без ключа.
        insert_batch: записывает пачку без ключей.
        insert_with_keys: записывает пачку с ключами; ею же узнаётся исход посланного раньше.
    """

    keeps_rows: bool
    insert_one: Statement
    insert_batch: Statement
    insert_with_keys: Statement

    @classmethod
    def found(cls, result: PGresult) -> "CustomersTable":
        """Читает ответ на ``OPEN_SESSION``; таблицы могло и не быть."""
        email_type, keeps_rows = (cell(result, 0, result.nfields - back) for back in (2, 1))
        return cls(keeps_rows == b"t", *statements(email_type.decode() or "character varying"))


@cache
def statements(email_type: str) -> tuple[Statement, Statement, Statement]:
    """Собирает команды для столбца ``email`` такого типа."""
    return insert_one(email_type), insert_batch(email_type), insert_with_keys(email_type)
