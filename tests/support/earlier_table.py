"""Таблица покупателей, какой её оставила прежняя версия сервиса."""

EARLIER_TABLE = """
    CREATE TABLE customers (
        id SERIAL PRIMARY KEY,
        name VARCHAR(100) NOT NULL,
        email VARCHAR(100) NOT NULL,
        age INTEGER,
        gender VARCHAR(10),
        country VARCHAR(100),
        address VARCHAR(255),
        phone VARCHAR(25),
        registered_at TIMESTAMP WITHOUT TIME ZONE NOT NULL
    )
"""
UNIQUE_INDEX = "CREATE UNIQUE INDEX ix_customers_email ON customers (email)"
NO_TIMES = (None, "infinity", "-infinity", "4714-11-24 BC", "294276-12-31")
"""Времена, которые PostgreSQL хранит, а рассказать о них нельзя."""
