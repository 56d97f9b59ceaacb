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
