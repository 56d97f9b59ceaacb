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
