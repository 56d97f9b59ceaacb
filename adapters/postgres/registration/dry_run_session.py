"""Соединение для пробы: временная таблица должна быть на нём до конца, и за пулом тоже."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from adapters.postgres.connection import connection_arguments, database_error


@asynccontextmanager
async def dry_run_session(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Открывает соединение; что на нём временно, с ним и исчезает.

    За пулом следующую команду мог бы получить другой сервер, а временная таблица осталась бы на
    прежнем и попалась чужой пробе. Там вся проба — одна транзакция, и в конце она отменяется.

    Raises:
        adapters.postgres.connection.DatabaseError: база данных недоступна.
        ValueError: адрес неверен.
    """
    arguments = connection_arguments(database_url)
    connection = None
    try:
        try:
            connection = await psycopg.AsyncConnection.connect(
                **arguments, autocommit=True, prepare_threshold=None
            )
            await _keep_server(connection)
        except psycopg.Error as error:
            raise database_error(error) from None
        yield connection
    finally:
        # Не так, как закрыло бы себя соединение psycopg: оно в конце зафиксировало бы.
        if connection is not None:
            await connection.close()


async def _keep_server(connection: psycopg.AsyncConnection[Any]) -> None:
    answered = await connection.execute("SELECT pg_backend_pid()")
    if await answered.fetchone() != (connection.info.backend_pid,):
        await connection.set_autocommit(False)
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
