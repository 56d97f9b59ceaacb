"""Команда SQL, которая записывает пачку и говорит всё о каждой просьбе: для ключей и повторов.

Ею же узнаётся исход пачки, о котором сервер не сказал: та же пачка посылается ещё раз.
"""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    String,
    and_,
    cast,
    extract,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.statements import (
    CUSTOMER_COLUMNS,
    array_literal,
    batch_parameters,
    given_rows,
    stored_fields,
)
from adapters.postgres.statement import compiled, explained
from adapters.postgres.tables import customers, idempotency_keys
from application.idempotency import fingerprint

_key = Column("key", String)
_given = given_rows(
    *CUSTOMER_COLUMNS,
    _key,
    idempotency_keys.c.fingerprint,
    Column("is_first", Boolean),
    position="position",
)

_owner = (
    explained(
        select(
            customers.c.id,
            and_(
                *(column.is_not_distinct_from(_given.c[column.name]) for column in CUSTOMER_COLUMNS)
            ).label("is_same"),
        ),
        """FOR KEY SHARE: блокировка строки — тоже запись, и конец команды ждёт реплик, как ждал бы
        конец самой регистрации. Без неё повтор прочёл бы здесь строку, которой на репликах ещё
        нет, и назвал бы её надёжной. Удалить строку, пока о ней отвечают, тоже нельзя.""",
    )
    .where(customers.c.email == _given.c.email)
    .with_for_update(read=True, key_share=True)
    .lateral("owner")
)
_used_for = (
    explained(
        select(stored_fields),
        "Покупатель нужен, только если отпечаток не тот: его могла записать прежняя версия.",
    )
    .where(
        customers.c.id == idempotency_keys.c.customer_id,
        idempotency_keys.c.fingerprint != _given.c.fingerprint,
    )
    .correlate(idempotency_keys, _given)
    .scalar_subquery()
)
_used = (
    explained(
        select(
            idempotency_keys.c.customer_id,
            idempotency_keys.c.fingerprint,
            idempotency_keys.c.registered_at,
            _used_for.label("stored"),
        ),
        "Ключ, известный до команды; блокировка та же и по той же причине.",
    )
    .where(idempotency_keys.c.key == _given.c.key)
    .with_for_update(read=True, key_share=True)
    .lateral("used")
)
_looked = (
    explained(
        select(
            *_given.columns,
            _owner.c.id.label("owner_id"),
            _owner.c.is_same,
            _used.c.customer_id.label("used_by"),
            _used.c.fingerprint.label("used_with"),
            _used.c.registered_at.label("used_at"),
            _used.c.stored.label("used_for"),
        ),
        "Что известно о каждой просьбе до записи: хозяин её адреса и её ключ.",
    )
    .select_from(_given.outerjoin(_owner, true()).outerjoin(_used, true()))
    .cte("looked")
)
_stored = (
    explained(
        insert(customers),
        """Только первые среди повторов, у которых свободны и адрес, и ключ. Порядок тот же, что у
        пачек без ключей.""",
    )
    .from_select(
        CUSTOMER_COLUMNS,
        select(*(_looked.c[column.name] for column in CUSTOMER_COLUMNS))
        .where(
            _looked.c.is_first,
            _looked.c.owner_id.is_(None),
            _looked.c.used_by.is_(None),
        )
        .order_by(_looked.c.email),
    )
    .on_conflict_do_nothing(index_elements=[customers.c.email])
    .returning(customers.c.email, customers.c.id)
    .cte("stored")
)
_kept = (
    explained(
        insert(idempotency_keys),
        """Без ON CONFLICT: ключ, который в тот же миг записал другой процесс, отменяет всю команду,
        и повтор уже видит его. Иначе здесь остался бы покупатель без ключа.""",
    )
    .from_select(
        ["key", "fingerprint", "customer_id", "registered_at"],
        select(_looked.c.key, _looked.c.fingerprint, _stored.c.id, _looked.c.registered_at)
        .join(_stored, _stored.c.email == _looked.c.email)
        .where(_looked.c.is_first, _looked.c.key.is_not(None)),
    )
    .cte("kept")
)


_microseconds = cast(extract("epoch", _looked.c.used_at) * literal_column("1000000"), BigInteger)

SETTLE_BATCH = compiled(
    "settle_batch",
    union_all(
        explained(
            select(
                literal_column("'key'"),
                _looked.c.key,
                _looked.c.used_by,
                cast(null(), Boolean),
                func.encode(_looked.c.used_with, literal_column("'hex'")),
                _microseconds,
                _looked.c.used_for,
            ),
            "Время — числом: вид его в тексте зависит от DateStyle базы данных.",
        ).where(_looked.c.used_by.is_not(None)),
        select(
            literal_column("'owner'"),
            cast(_looked.c.position, String),
            _looked.c.owner_id,
            _looked.c.is_same,
            null(),
            null(),
            null(),
        ).where(_looked.c.owner_id.is_not(None)),
        select(literal_column("'stored'"), _stored.c.email, _stored.c.id, *[null()] * 4),
    ).add_cte(_kept),
)
"""Записывает пачку, в которой адреса и ключи могут повторяться, вместе с ключами.

Записываются только первые среди повторов. В ответе — известные до неё ключи, хозяева занятых
до неё адресов и записанные; читает его ``Fates.of``.
"""


def settle_parameters(batch: Sequence[RegistrationRequest], first: Sequence[bool]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``SETTLE_BATCH`` в текстовом виде."""
    return [
        *batch_parameters([request.customer for request in batch]),
        array_literal([request.key and request.key.value for request in batch]),
        array_literal(
            [request.key and rf"\x{fingerprint(request.customer).hex()}" for request in batch]
        ),
        array_literal(list(first)),
    ]
