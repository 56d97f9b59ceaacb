"""Таблицы: форма, на которую рассчитан остальной SQL этого адаптера."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
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

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    # Ссылки на customers нет: покупателя можно удалить, а ключ забудут по возрасту.
    # Шире, чем в customers: номера принятой таблицы бывают и такими.
    Column("customer_id", BigInteger, nullable=False),
    Column("registered_at", DateTime, nullable=False),
)
"""Ключи идемпотентности удачных регистраций; из данных покупателя в ней только их отпечаток."""
