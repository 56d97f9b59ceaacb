"""Сеансы сервиса и статистика о них, какими их видит сам PostgreSQL."""

from datetime import datetime
from typing import LiteralString

import psycopg

from tests.support.eventually import eventually


def service_sessions(database: str) -> list[int]:
    """Номера серверных процессов, которые обслуживают соединения сервиса с этой базой данных."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'crm-api' AND datname = current_database()"
        )
        return [pid for (pid,) in rows]


def refused_commands(database: str) -> int:
    """Сколько команд отвергнуто в этой базе данных; соединения сервиса при этом рвутся."""
    (count,) = statistics(
        database, "xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


def statistics(database: str, columns: LiteralString) -> tuple[int, ...]:
    """Читает строку статистики, в которой есть всё сделанное; соединения сервиса при этом рвутся.

    О сделанном серверный процесс сообщает, когда кончается: простаивающий в PostgreSQL 14 молчит.

    Args:
        database: адрес libpq.
        columns: всё, что идёт за ``SELECT``; столбцы — целые числа.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        for session in service_sessions(database):
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
        (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)

        def row() -> tuple[int, ...]:
            # До PostgreSQL 15 статистику держал отдельный процесс, и отдавал он её файлом, которому
            # бывает полсекунды (src/backend/postmaster/pgstat.c); потом времени у неё нет.
            found = connection.execute(
                "SELECT pg_stat_get_snapshot_timestamp(), " + columns
            ).fetchone()
            assert found is not None
            taken: datetime | None = found[0]
            return found[1:] if taken is None or taken >= now else ()

        return eventually(row)
