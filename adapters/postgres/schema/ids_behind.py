"""Последовательности номеров, которые отстали от строк: догоняются до первой регистрации."""

import logging

from sqlalchemy import Connection, text

from adapters.postgres.id_sequence import ID_SEQUENCES, WAS_BEHIND, IdSequence

_log = logging.getLogger("crm_api.database")


def bring_ids_forward(connection: Connection) -> None:
    """Догоняет строки последовательностями номеров; без права на них их догонит регистрация."""
    for ids in ID_SEQUENCES:
        _bring_forward(connection, ids)


def _bring_forward(connection: Connection, ids: IdSequence) -> None:
    sequence = connection.scalar(
        text(
            "SELECT name FROM pg_get_serial_sequence(:table, 'id') AS name"
            " WHERE has_sequence_privilege(name, 'SELECT')"
            " AND has_sequence_privilege(name, 'USAGE, UPDATE')"
        ),
        {"table": ids.table},
    )
    if sequence is None:
        return
    # Имя уже в кавычках, где они нужны.
    untouched = f"SELECT last_value FROM {sequence} WHERE NOT is_called"  # noqa: S608
    value = connection.scalar(text(untouched))
    last_id = connection.scalar(text(ids.last_id))
    if value is not None and last_id is not None and value <= last_id:
        connection.execute(
            text("SELECT nextval(CAST(:sequence AS regclass))"), {"sequence": sequence}
        )
    number = connection.exec_driver_sql(ids.bring_forward.sql).scalar()
    if number is not None:
        _log.warning(WAS_BEHIND, ids.table, number)
