"""Таблицы: форма, на которую рассчитан остальной SQL этого адаптера."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    UUID,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    cast,
    func,
    select,
)

metadata = MetaData()

customers = Table(
    "customers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("email", String(100), nullable=False),
    Column("age", Integer),
    Column("gender", String(10)),
    Column("country", String(100)),
    Column("address", String(255)),
    Column("phone", String(25)),
    # Пояса в столбце нет: так было у прежней версии сервиса. Внутри всегда UTC.
    Column("registered_at", DateTime, nullable=False),
    Index("ix_customers_email", "email", unique=True),
)
"""Покупатели; в ``email`` — то, по чему адрес сравнивается, и почти у всех это он сам."""

REGISTERED_AT = (
    "CASE WHEN customers.registered_at BETWEEN '0001-01-02' AND '9999-12-31'"
    " THEN customers.registered_at END"
)
"""Время регистрации; пусто, если его нет или ``datetime`` его не вместит: такое оставил прежний
сервис. Дни у краёв не в счёт: пояс столбца мог бы вывести их за край."""

emails_as_given = Table(
    "emails_as_given",
    metadata,
    # Ссылки нет, как и в других таблицах: чужое удаление покупателя ей не мешает.
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    # Что было в customers.email: если его изменили мимо сервиса, строка не значит больше ничего.
    Column("compared", String(100), nullable=False),
    Column("email", String(100), nullable=False),
)
"""Адреса, какими они даны, тех немногих, у кого сравнивается не сам адрес.

Не столбец ``customers``: добавить его значило бы ждать всех, кто её читает, а регистрациям — ждать
этого.
"""

given_email: ColumnElement[str] = func.coalesce(
    select(cast(emails_as_given.c.email, Text))
    .where(
        emails_as_given.c.customer_id == customers.c.id,
        emails_as_given.c.compared == customers.c.email,
    )
    .correlate(customers)
    .scalar_subquery(),
    cast(customers.c.email, Text),
)
"""Адрес покупателя, каким он дан: на него и пишут."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    # Ссылки на customers нет: покупателя можно удалить, а ключ забудут по возрасту.
    # Шире, чем в customers: номера принятой таблицы бывают и такими.
    Column("customer_id", BigInteger, nullable=False),
    Column("registered_at", DateTime, nullable=False),
    # Когда исполнена просьба: загрузка приносит и время покупателя, и оно прошлое. У ключей прежней
    # версии пусто: там оно то же.
    Column("used_at", DateTime),
)
"""Ключи идемпотентности удачных регистраций; из данных покупателя в ней только их отпечаток."""

event_subscribers = Table(
    "event_subscribers",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("types", ARRAY(String(50)), nullable=False),
    Column("is_paused", Boolean, nullable=False, server_default="false"),
    # Почему приостановлен, если не оператором.
    Column("paused_because", String(200)),
)
"""Подписчики: есть строка — пишутся и события. Куда их слать, знают настройки."""


def _event_columns() -> list[Column[Any]]:
    return [
        Column("subscriber_id", Integer, nullable=False),
        Column("type", String(50), nullable=False),
        # Ссылки нет: удалённого покупателя просто не пошлют. Шире, чем в customers: номера
        # принятой таблицы бывают и такими.
        Column("customer_id", BigInteger, nullable=False),
        Column("source", String(20), nullable=False),
        Column("trace", String(55)),  # W3C Trace Context, traceparent
        # Когда это произошло; пусто — тогда же, когда покупатель зарегистрирован.
        Column("happened_at", DateTime(timezone=True)),
    ]


_NOW = func.clock_timestamp()

waiting_events = Table(
    "waiting_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *_event_columns(),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Index("ix_waiting_events_due", "subscriber_id", "next_attempt_at"),
)
"""События, которых подписчик ещё не принял: строка на подписчика, личных данных в ней нет."""

past_events = Table(
    "past_events",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    *_event_columns(),
    Column("attempts", SmallInteger, nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    # Почему не доставлено; пусто — доставлено.
    Column("failure", String(200)),
    Index("ix_past_events_ended_at", "ended_at"),
)
"""События, которых больше не шлют: доставленные и те, от которых пришлось отступиться."""

repeated_registrations = Table(
    "repeated_registrations",
    metadata,
    # Ссылки нет: она блокировала бы строку покупателя. Шире, чем в customers, как у событий.
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
"""Когда подписчикам в последний раз говорилось, что покупателя просят зарегистрировать снова."""

event_database = Table("event_database", metadata, Column("id", UUID, nullable=False))
"""Одна строка: номер этой базы данных; из него выводятся номера событий."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)
"""Метки стёртых адресов (``application.erased_emails``); самих адресов здесь нет."""

tombstone_salt = Table("tombstone_salt", metadata, Column("salt", LargeBinary, nullable=False))
"""Одна строка: соль меток этой базы данных."""
