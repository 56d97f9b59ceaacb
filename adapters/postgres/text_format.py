"""Текстовый вид значений PostgreSQL: ячейки ответа и массивы параметров."""

from datetime import UTC, datetime, timedelta

import orjson
from psycopg.pq.abc import PGresult

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cell(result: PGresult, row: int, column: int) -> bytes:
    """Возвращает ячейку ответа в текстовом виде; NULL — пустую."""
    return result.get_value(row, column) or b""


def number(result: PGresult, row: int, column: int) -> int | None:
    """Возвращает число из ячейки ответа; NULL — ``None``."""
    value = result.get_value(row, column)
    return None if value is None else int(value)


def moment_of(microseconds: int) -> datetime:
    """Возвращает время по числу: его вид в тексте зависит от DateStyle базы данных.

    Args:
        microseconds: микросекунд от начала эпохи; через float время вышло бы неточным.
    """
    return _EPOCH + timedelta(microseconds=microseconds)


def array_literal(values: list[object]) -> bytes:
    r"""Записывает массив PostgreSQL (PostgreSQL, 8.15.2) силами orjson.

    В кавычках и JSON, и PostgreSQL ставят ``\`` перед кавычкой и косой чертой, а пустое оба
    пишут ``null``. Иначе записываются только управляющие знаки, но в покупателе их не бывает.
    Пояс времени PostgreSQL пропускает: столбец без пояса, а время всегда UTC.
    """
    return b"{%b}" % orjson.dumps(values)[1:-1]
