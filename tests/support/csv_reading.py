"""Файл целиком, прочитанный для теста, и ячейка, исправленная всеми способами подряд."""

from collections.abc import Callable

from adapters.csv.file import CsvFile
from adapters.csv.mending import unwrapped, without_guard, without_odd_signs
from application.customer_rows import CustomerRow

type Read = Callable[..., tuple[CsvFile, list[CustomerRow]]]
"""Читает содержимое файла до конца: ``read(content, **options)``; настройки — ``CsvOptions``."""


def cells(rows: list[CustomerRow]) -> list[list[str]]:
    """Ячейки строк."""
    return [list(row.cells) for row in rows]


def mended(name: str, cell: str) -> str:
    """Исправленная ячейка поля."""
    return unwrapped(name, without_odd_signs(name, without_guard(cell)))
