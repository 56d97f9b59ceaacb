"""Последовательность номеров, которая отстала от строк: её догоняют, и запись идёт дальше."""

import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg.pq.abc import PGresult

from adapters.postgres.id_sequence import EVENT_IDS, WAS_BEHIND, IdSequence
from adapters.postgres.registration.libpq import Parameters
from adapters.postgres.registration.writing_connection import UnknownOutcomeError
from adapters.postgres.statement import Statement
from adapters.postgres.text_format import cell

_log = logging.getLogger("crm_api.database")

_EVENT_ID_INDEX = "waiting_events_pkey"


def event_ids_behind(error: psycopg.Error) -> IdSequence | None:
    """Возвращает последовательность событий, если она дала номер, который уже занят."""
    return EVENT_IDS if error.diag.constraint_name == _EVENT_ID_INDEX else None


async def bring_forward(
    ids: IdSequence, execute: Callable[[Statement, Parameters], Awaitable[PGresult]]
) -> bool:
    """Догоняет строки последовательностью номеров; говорит, вышло ли.

    Args:
        ids: последовательность.
        execute: исполняет команду; ошибки те же, что у ``WritingLane.execute``.
    """
    try:
        result = await execute(ids.bring_forward, ())
    except (psycopg.Error, UnknownOutcomeError) as error:
        _log.error("the sequence of %s.id stays behind its rows: %s", ids.table, error.sqlstate)
        return False
    if result.ntuples:
        _log.warning(WAS_BEHIND, ids.table, cell(result, 0, 0).decode())
    return True
