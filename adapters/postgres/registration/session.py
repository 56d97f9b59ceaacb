"""Начало сеанса: что в нём велено и что за таблицу покупателей он нашёл."""

from functools import cache

from attrs import frozen
from psycopg.pq.abc import PGresult

from adapters.postgres.id_sequence import GIVES_NO_IDS
from adapters.postgres.registration.keyed_statement import insert_with_keys
from adapters.postgres.registration.statements import insert_batch, insert_one
from adapters.postgres.statement import Statement
from adapters.postgres.text_format import cell

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
    # Пул мог сказать серверу не то, что просили при соединении.
    "client_encoding": "'UTF8'",
    # Иначе null в массиве — текст «null».
    "array_nulls": "'on'",
    # Прочие значения сильнее или слабее по воле оператора, но и они ждут диска.
    "synchronous_commit": "coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on')",
}
# Строку меняют триггеры и правила, а время — столбец, который не хранит микросекунд. Права на
# последовательность не нужны столбцу IDENTITY. О подписчиках говорит размер их таблицы: читать её
# саму нельзя, пока её, быть может, нет.
_TABLE = f"""
    SELECT format_type(email.atttypid, -1) AS email_type,
        NOT relhasrules
        AND moment.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
        AND moment.atttypmod IN (-1, 6)
        AND NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = pg_class.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A')
            AND tgtype & 4 <> 0
        ) AS keeps_rows,
        (
            SELECT indexrelid::regclass::name FROM pg_index
            WHERE indrelid = pg_class.oid AND indisunique AND indnkeyatts = 1
            AND indkey[0] = number.attnum
            ORDER BY indisprimary DESC LIMIT 1
        ) AS id_index,
        last_id - coalesce(last_value, 0) AS ids_left,
        last_id AS ids,
        CASE
            WHEN EXISTS (
                SELECT FROM unnest(ARRAY['customers', 'idempotency_keys', 'waiting_events']) AS name
                JOIN pg_class AS written ON written.oid = to_regclass(name)
                WHERE written.relpersistence = 'u'
            )
            THEN 'unlogged'
            WHEN last_id <= last_value THEN 'no ids'
            WHEN {GIVES_NO_IDS}
            THEN 'no default'
            WHEN number.attidentity = '' AND NOT has_sequence_privilege(seqrelid, 'USAGE, UPDATE')
            THEN 'no sequence'
            WHEN row_security_active(pg_class.oid) AND NOT EXISTS (
                SELECT FROM pg_policy
                WHERE polrelid = pg_class.oid AND polcmd IN ('r', '*')
                AND EXISTS (
                    SELECT FROM unnest(polroles) AS role
                    WHERE role = 0 OR pg_has_role(role, 'USAGE')
                )
            )
            THEN 'no rows'
        END AS obstacle,
        pg_relation_size(to_regclass('event_subscribers')) > 0 AS has_subscribers
    FROM pg_class
    JOIN pg_attribute AS number ON number.attrelid = pg_class.oid AND number.attname = 'id'
    JOIN pg_attribute AS email ON email.attrelid = pg_class.oid AND email.attname = 'email'
    JOIN pg_attribute AS moment
        ON moment.attrelid = pg_class.oid AND moment.attname = 'registered_at'
    LEFT JOIN LATERAL (
        SELECT seqrelid, CASE
                WHEN has_sequence_privilege(seqrelid, 'USAGE, SELECT')
                THEN pg_sequence_last_value(seqrelid)
            END AS last_value, least(seqmax, CASE number.atttypid
                WHEN 'smallint'::regtype THEN 32767
                WHEN 'integer'::regtype THEN 2147483647
            END) AS last_id
        FROM pg_sequence
        WHERE seqrelid = CAST(pg_get_serial_sequence('customers', 'id') AS regclass)
    ) AS sequence ON true
    WHERE pg_class.oid = to_regclass('customers')
"""  # noqa: S608 — обе части наши
_MOST_IDS = 2**63 - 1

NO_IDS_LEFT = (
    "the ids of customers are used up: ALTER TABLE customers ALTER id TYPE bigint, and ALTER"
    " SEQUENCE … AS bigint NO MAXVALUE for the sequence behind it"
)
"""Номера кончились: строка для оператора."""

_OBSTACLES = {
    b"unlogged": (
        "a crash would empty what is unlogged: ALTER TABLE customers, idempotency_keys or"
        " waiting_events SET LOGGED, whichever it is"
    ),
    b"no default": "customers get no id: ALTER TABLE customers ALTER id SET DEFAULT nextval(…)",
    b"no ids": NO_IDS_LEFT,
    b"no sequence": "this role may take no id: GRANT USAGE ON SEQUENCE … to it",
    b"no rows": "row security shows this role no customers: CREATE POLICY … FOR SELECT",
}
# Пул называет сеансом не то, что серверный процесс: процесс, который отвечает, не тот, которого
# назвали при соединении. Там настройки остались бы чужим сеансам и не достались бы своим.
_IS_POOLED = "pg_backend_pid() <> CAST($1 AS integer)"


def _told(*, is_local: str) -> str:
    return ", ".join(
        f"set_config('{name}', {value}, {is_local})" for name, value in _SETTINGS.items()
    )


OPEN_SESSION = Statement(
    "open_session",
    f"SELECT {_told(is_local=_IS_POOLED)}, {_IS_POOLED} AS is_pooled, found.*"  # noqa: S608 — складывается из своих же строк
    f" FROM (SELECT) AS session LEFT JOIN ({_TABLE}) AS found ON true",
)
"""Велит сеансу всё нужное, если он наш, и узнаёт о таблице; параметр — номер процесса сервера,
каким его назвали при соединении. Ответ читают ``CustomersTable.found`` и ``is_pooled``."""

BEFORE_EACH = (
    # До первого снимка транзакции, поэтому отдельной командой.
    Statement("carry_isolation", "SET transaction_isolation TO 'read committed'"),
    Statement("carry_session", f"SELECT {_told(is_local='true')}"),
)
"""Велят то же одной транзакции: за пулом они едут вместе с каждой командой."""

LOOK_AT_TABLE = Statement("look_at_table", _TABLE)
"""Узнаёт то же о таблице ещё раз: её меняют и под открытым соединением."""


def is_pooled(result: PGresult) -> bool:
    """Читает в ответе на ``OPEN_SESSION``, что между сервисом и сервером стоит пул."""
    return cell(result, 0, len(_SETTINGS)) == b"t"


@frozen
class CustomersTable:
    """Таблица покупателей этой базы данных и команды для неё: принятые таблицы бывают разные.

    Attributes:
        keeps_rows: строка остаётся такой, какой послана. Иначе её могут изменить триггер, правило
            или столбец времени, и по данным просьба себя не узнает.
        id_index: имя уникального указателя по номеру; отказ с ним говорит, что последовательность
            отстала от строк.
        ids: наибольший номер, какой может быть.
        ids_left: сколько номеров осталось.
        obstacle: почему записать нельзя никого, строка для оператора.
        has_subscribers: у событий бывают подписчики; нет — их ещё не бывало.
        insert_one: записывает одного покупателя без ключа.
        insert_batch: записывает пачку без ключей.
        insert_with_keys: записывает пачку с ключами; ею же узнаётся исход посланного раньше.
    """

    keeps_rows: bool
    id_index: str
    ids: int
    ids_left: int
    obstacle: str | None
    has_subscribers: bool
    insert_one: Statement
    insert_batch: Statement
    insert_with_keys: Statement

    @classmethod
    def found(cls, result: PGresult) -> "CustomersTable":
        """Читает ответ на ``OPEN_SESSION`` и ``LOOK_AT_TABLE``; таблицы могло и не быть."""
        email_type, keeps_rows, id_index, ids_left, ids, obstacle, has_subscribers = (
            cell(result, 0, result.nfields - back) if result.ntuples else b""
            for back in range(7, 0, -1)
        )
        return cls(
            keeps_rows != b"f",
            id_index.decode(),
            int(ids or _MOST_IDS),
            int(ids_left or _MOST_IDS),
            _OBSTACLES.get(obstacle),
            has_subscribers == b"t",
            *statements(email_type.decode() or "character varying"),
        )


@cache
def statements(email_type: str) -> tuple[Statement, Statement, Statement]:
    """Собирает команды для столбца ``email`` такого типа."""
    return insert_one(email_type), insert_batch(email_type), insert_with_keys(email_type)
