"""Команда SQL, которая записывает пачку и говорит всё о каждой просьбе: для ключей и повторов.

Она же записывает адреса, которые хранятся не такими, какими сравниваются. Ею же узнаётся исход
пачки, о котором сервер не сказал: та же пачка посылается ещё раз.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    String,
    TableValuedAlias,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.selectable import LateralFromClause

from adapters.postgres.registration.event_branch import EVENT_COLUMNS, told
from adapters.postgres.registration.statements import (
    CUSTOMER_COLUMNS,
    given_rows,
    json_object,
    letters,
    stored_fields,
    unless_altered,
)
from adapters.postgres.statement import Statement, compiled, explained
from adapters.postgres.tables import customers, emails_as_given, given_email, idempotency_keys

_EMAIL_AS_GIVEN = Column("email_as_given", String)


def insert_with_keys(email_type: str) -> Statement:
    """Команда, которая записывает пачку вместе с ключами; адреса и ключи могут повторяться.

    Записываются только первые среди повторов; ответ читает ``text_rows.found_with_keys``.
    """
    given = given_rows(
        *CUSTOMER_COLUMNS,
        *EVENT_COLUMNS,
        _EMAIL_AS_GIVEN,
        Column("key", String),
        idempotency_keys.c.fingerprint,
        idempotency_keys.c.used_at,
        Column("is_first", Boolean),
        email_type=email_type,
        position="position",
    )
    looked = _looked(given)
    stored = _stored(looked)
    is_written = and_(stored.c.letters == letters(looked.c.email), looked.c.is_first)
    kept, spelled = _kept(looked, stored), _spelled(looked.join(stored, is_written), looked, stored)
    news = told(looked.join(stored, is_written), stored.c.id, looked)
    is_own = stored.c.letters == case((looked.c.is_first, letters(looked.c.email)))
    answer = explained(
        select(
            unless_altered(looked.c.position.is_not(None), looked.c.position, stored.c.id),
            stored.c.id,
            looked.c.owner_id,
            looked.c.is_same,
            looked.c.known_key,
        ),
        """По строке на просьбу. Записанная строка, которая не ответила никому, отменяет всё: её
        адрес изменила сама таблица.""",
    )
    return compiled(
        "insert_with_keys",
        answer.select_from(looked.join(stored, is_own, full=True)).add_cte(kept, spelled, news),
    )


def _microseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Время числом: его вид в тексте зависит от DateStyle базы данных."""
    return cast(extract("epoch", moment) * literal_column("1000000"), BigInteger)


def _looked(given: TableValuedAlias) -> Any:  # noqa: ANN401 — CTE SQLAlchemy
    owner, known = _owner(given), _known(given)
    return explained(
        select(
            *given.columns,
            owner.c.id.label("owner_id"),
            owner.c.is_same,
            known.c.known_key,
        ).select_from(given.outerjoin(owner, true()).outerjoin(known, true())),
        "Что известно о каждой просьбе до записи: хозяин её адреса и её ключ.",
    ).cte("looked")


def _owner(given: TableValuedAlias) -> LateralFromClause:
    sent_email = func.coalesce(given.c.email_as_given, cast(given.c.email, Text))
    is_same = and_(
        letters(given_email) == letters(sent_email),
        *(
            _exactly(column, given.c[column.name])
            for column in CUSTOMER_COLUMNS
            if column is not customers.c.email
        ),
    )
    return (
        explained(
            select(customers.c.id, is_same.label("is_same")),
            """FOR KEY SHARE: блокировка строки — тоже запись, и конец команды ждёт реплик, как
            ждал бы конец самой регистрации. Без неё повтор прочёл бы здесь строку, которой на
            репликах ещё нет, и назвал бы её надёжной. Удалить строку, пока о ней отвечают, тоже
            нельзя.""",
        )
        .where(customers.c.email == given.c.email)
        .with_for_update(read=True, key_share=True)
        .lateral("owner")
    )


def _exactly(stored: Column[Any], sent: ColumnElement[Any]) -> ColumnElement[bool]:
    """Сравнивает столбец с посланным так, как сравнил бы Python."""
    if isinstance(stored.type, String):
        return letters(stored).is_not_distinct_from(letters(sent))
    return stored.is_not_distinct_from(sent)


def _known(given: TableValuedAlias) -> LateralFromClause:
    stored = explained(
        select(stored_fields),
        """Покупатель нужен, только если отпечаток не тот: его могла записать прежняя версия, или у
        повтора другой регистр адреса.""",
    ).where(
        customers.c.id == idempotency_keys.c.customer_id,
        idempotency_keys.c.fingerprint != given.c.fingerprint,
    )
    known_key = json_object(
        fingerprint=func.encode(idempotency_keys.c.fingerprint, literal_column("'hex'")),
        customer_id=idempotency_keys.c.customer_id,
        registered_at=_microseconds(idempotency_keys.c.registered_at),
        used_at=_microseconds(idempotency_keys.c.used_at),
        stored=stored.correlate(idempotency_keys, given).scalar_subquery(),
    )
    return (
        explained(
            select(cast(known_key, Text).label("known_key")),
            """Ключ, известный до команды; блокировка та же и по той же причине. Столбец один: ключ
            известен целиком или не известен вовсе.""",
        )
        .where(idempotency_keys.c.key == given.c.key)
        .with_for_update(read=True, key_share=True)
        .lateral("known")
    )


def _stored(looked: Any) -> Any:  # noqa: ANN401 — CTE SQLAlchemy
    return (
        explained(
            insert(customers),
            """Только первые среди повторов, у которых свободны и адрес, и ключ. Порядок тот же,
            что у пачек без ключей.""",
        )
        .from_select(
            CUSTOMER_COLUMNS,
            select(*(looked.c[column.name] for column in CUSTOMER_COLUMNS))
            .where(looked.c.is_first, looked.c.owner_id.is_(None), looked.c.known_key.is_(None))
            .order_by(looked.c.email),
        )
        .on_conflict_do_nothing(index_elements=[customers.c.email])
        .returning(customers.c.id, letters(customers.c.email).label("letters"))
        .cte("stored")
    )


def _kept(looked: Any, stored: Any) -> Any:  # noqa: ANN401 — CTE SQLAlchemy
    return (
        explained(
            insert(idempotency_keys),
            """Строку и просьбу сводят буквы адреса: под COLLATE столбца одной строке досталось бы
            два ключа. Без ON CONFLICT: ключ, который в тот же миг записал другой процесс, отменяет
            всю команду, и повтор уже видит его. Иначе здесь остался бы покупатель без ключа.""",
        )
        .from_select(
            ["key", "fingerprint", "customer_id", "registered_at", "used_at"],
            select(
                looked.c.key,
                looked.c.fingerprint,
                stored.c.id,
                looked.c.registered_at,
                looked.c.used_at,
            )
            .join(stored, stored.c.letters == letters(looked.c.email))
            .where(looked.c.is_first, looked.c.key.is_not(None)),
        )
        .cte("kept")
    )


def _spelled(written: FromClause, looked: Any, stored: Any) -> Any:  # noqa: ANN401 — то же
    spelling = insert(emails_as_given).from_select(
        list(emails_as_given.columns),
        select(stored.c.id, letters(looked.c.email), looked.c.email_as_given)
        .select_from(written)
        .where(looked.c.email_as_given.is_not(None)),
    )
    as_now = {column.name: column for column in spelling.excluded if not column.primary_key}
    return explained(
        spelling.on_conflict_do_update(index_elements=[emails_as_given.c.customer_id], set_=as_now),
        """Каким адрес дан, если сравнивается не он сам. Строка под тем же номером могла остаться
        от того, кого удалили мимо сервиса.""",
    ).cte("spelled")
