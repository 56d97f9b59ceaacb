"""Расширение ``idempotency_keys.customer_id`` до BIGINT: у принятой таблицы бывают такие номера.

``ALTER … TYPE`` переписал бы всю таблицу, никого к ней не подпуская. Поэтому рядом заводится новый
столбец, его заполняет триггер, а прежние строки — короткие пачки; меняются столбцы в последний миг.
Всё это время пишет и прежняя версия сервиса. Оборванное на середине продолжается с начала.
"""

from sqlalchemy import Connection, Engine, text

from adapters.postgres.schema.key_pages import ON_PAGES, PAGES, page_count, page_ranges

_SMALL = 1024  # страниц, которые ALTER переписывает за доли секунды
_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '5s'")

_IS_NARROW = text(
    "SELECT atttypid = CAST('integer' AS regtype) FROM pg_attribute"
    " WHERE attrelid = to_regclass('idempotency_keys') AND attname = 'customer_id'"
)
_BEGIN = (
    "ALTER TABLE idempotency_keys ADD COLUMN IF NOT EXISTS wide_customer_id bigint",
    (
        "CREATE OR REPLACE FUNCTION crm_api_widen_key() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.wide_customer_id := NEW.customer_id; RETURN NEW; END $$"
    ),
    (
        "CREATE OR REPLACE TRIGGER crm_api_widen_key BEFORE INSERT OR UPDATE ON idempotency_keys"
        " FOR EACH ROW EXECUTE FUNCTION crm_api_widen_key()"
    ),
)
_FILL = text(
    "UPDATE idempotency_keys SET wide_customer_id = customer_id"  # noqa: S608 — условие своё
    f" WHERE {ON_PAGES} AND wide_customer_id IS NULL"
)
# Проверенное ограничение избавляет SET NOT NULL от чтения таблицы под замком.
_FILLED = "crm_api_widened"
_CLAIM = (
    f"ALTER TABLE idempotency_keys DROP CONSTRAINT IF EXISTS {_FILLED}",
    (
        f"ALTER TABLE idempotency_keys ADD CONSTRAINT {_FILLED}"
        " CHECK (wide_customer_id IS NOT NULL) NOT VALID"
    ),
)
_VALIDATE = (f"ALTER TABLE idempotency_keys VALIDATE CONSTRAINT {_FILLED}",)
_SWAP = (
    "DROP TRIGGER crm_api_widen_key ON idempotency_keys",
    "DROP FUNCTION crm_api_widen_key()",
    "ALTER TABLE idempotency_keys ALTER wide_customer_id SET NOT NULL, DROP COLUMN customer_id",
    f"ALTER TABLE idempotency_keys DROP CONSTRAINT {_FILLED}",
    "ALTER TABLE idempotency_keys RENAME wide_customer_id TO customer_id",
)


def is_narrow(connection: Connection) -> bool:
    """Говорит, что столбец есть и в нём INTEGER."""
    return bool(connection.scalar(_IS_NARROW))


def is_small(connection: Connection) -> bool:
    """Говорит, что таблица мала и её можно переписать под замком."""
    return page_count(connection) <= _SMALL


def widen_keys(engine: Engine, lock: int, *, pages: int = PAGES) -> None:
    """Расширяет столбец, не мешая записи.

    Args:
        engine: соединение.
        lock: номер рекомендательного замка: меняют схему по очереди.
        pages: страниц таблицы в пачке.

    Raises:
        sqlalchemy.exc.DBAPIError: база данных отказала; сделанное остаётся и не мешает записи.
    """
    for step in (_BEGIN, None, _CLAIM, _VALIDATE, _SWAP):
        if step is None:
            _fill(engine, pages)
            continue
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})
            connection.execute(_LOCK_TIMEOUT)
            if not is_narrow(connection):
                return  # это уже сделал другой процесс
            for command in step:
                connection.exec_driver_sql(command)


def _fill(engine: Engine, pages: int) -> None:
    for limits in page_ranges(engine, pages):
        with engine.begin() as connection:
            if not is_narrow(connection):
                return
            connection.execute(_FILL, limits)
