"""Сеансы сервиса, какими их видит сам PostgreSQL."""

import psycopg


def service_sessions(database: str) -> list[int]:
    """Номера серверных процессов, которые обслуживают соединения сервиса с этой базой данных."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'crm-api' AND datname = current_database()"
        )
        return [pid for (pid,) in rows]


def refused_commands(database: str) -> int:
    """Сколько команд отвергнуто в этой базе данных; соединения сервиса при этом рвутся.

    О сделанном серверный процесс сообщает, когда кончается.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        for session in service_sessions(database):
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [session])
        (count,) = connection.execute(
            "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone() or (None,)
    assert isinstance(count, int)
    return count
