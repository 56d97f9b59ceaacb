"""Отказы PostgreSQL: о ком они говорят и что значат на языке порта."""

import logging

import psycopg

from adapters.postgres.connection import DatabaseError
from adapters.postgres.refusal_text import named
from adapters.postgres.registration.session import NO_IDS_LEFT
from adapters.postgres.registration.statements import ALTERED_EMAIL
from application.customer_repository import RepositoryUnavailableError

_log = logging.getLogger("crm_api.database")

# Первые знаки SQLSTATE (PostgreSQL, Appendix A). Виноваты данные одной строки или чужой замок,
# порознь остальные строки запишутся: 22, 23 и 44 — данные и ограничения, 40 — взаимная блокировка,
# 55 — занятый объект, P0 и 45 — отказ триггера (RAISE EXCEPTION; 45 — по обычаю SQL/PSM),
# 42501 — отказ политики строк.
_ONE_ROW = ("22", "23", "40", "42501", "44", "45", "55", "P0")
# Сервер сейчас не пишет: 08 — связь, 25 — только чтение, 53 — кончились место или соединения,
# 57 и 58 — остановка и сбой системы; 40 и 55 — строку держит другой.
_NOT_NOW = ("08", "25", "53", "57", "58", "40", "55")
_SEQUENCE_ENDED = "2200H"  # последовательность номеров дошла до конца
_TAKEN_KEY = "idempotency_keys_pkey"
_SUMMARIES = {
    ALTERED_EMAIL: (
        "the table changes the e-mail that is sent (a trigger, a rule or the type of the column),"
        " so nobody would find it again"
    ),
    _SEQUENCE_ENDED: NO_IDS_LEFT,
}


class UnexpectedDatabaseError(DatabaseError):
    """База данных отказала не потому, что недоступна: ошибка в этом коде или в её схеме."""


def is_about_one_row(error: psycopg.Error) -> bool:
    """Говорит, что без одной из строк остальные записались бы."""
    sqlstate = error.sqlstate or ""
    return sqlstate.startswith(_ONE_ROW) and sqlstate != _SEQUENCE_ENDED


def is_race_for_key(error: psycopg.Error) -> bool:
    """Говорит, что ключ в тот же миг записал другой процесс: следующая попытка его увидит."""
    return error.diag.constraint_name == _TAKEN_KEY


def translated(error: psycopg.Error) -> Exception:
    """Переводит ошибку PostgreSQL на язык порта и пишет о ней строку."""
    sqlstate = error.sqlstate or ""
    summary = _SUMMARIES.get(sqlstate) or named(error)
    _log.error("database error: %s", summary)
    if not sqlstate or sqlstate == _SEQUENCE_ENDED or sqlstate.startswith(_NOT_NOW):
        return RepositoryUnavailableError(f"the database is unavailable: {summary}")
    return UnexpectedDatabaseError(summary)


def hidden_row() -> Exception:
    """Говорит о строке, которую база данных не записала и не назвала занятой."""
    summary = "the row is neither stored nor taken: a trigger or a policy hides it"
    _log.error("database error: %s", summary)
    return UnexpectedDatabaseError(summary)
