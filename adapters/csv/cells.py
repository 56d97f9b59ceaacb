"""Ячейки записи как команда варианту использования."""

import hashlib
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from adapters.csv.layout import Layout
from adapters.csv.lines import Encoding
from adapters.csv.records import Record
from adapters.csv.source import Source
from application.register_customer import RegisterCustomerCommand
from domain.customer import RULES
from domain.rules import WholeNumber
from domain.text import ascii_integer


def key_prefix(source: Source, layout: Layout, encoding: Encoding) -> str:
    """Возвращает начало ключей идемпотентности: остаётся добавить номер строки.

    Одно у всех запусков с теми же байтами и тем же их смыслом: второй запуск узнаёт по ключам
    записанное первым.
    """
    meaning = f"{encoding}{layout.meaning}".encode()
    digest = hashlib.sha256(source.digest + meaning).hexdigest()
    return f"import:{digest[:32]}:"


def command_maker(layout: Layout, prefix: str) -> Callable[[Record], RegisterCustomerCommand]:
    """Возвращает функцию, которая строит команду из записи с верным числом ячеек.

    Правил полей здесь нет: о них знает предметная область. Только цифры в поле, где ждут числа,
    становятся числом: в CSV всё текст.
    """
    fields = sorted(layout.places, key=lambda field: layout.places[field])
    cells_of = itemgetter(*(layout.places[field] for field in fields))
    numbers = [field for field in fields if isinstance(RULES[field], WholeNumber)]

    def command(record: Record) -> RegisterCustomerCommand:
        given: dict[str, Any] = dict(zip(fields, cells_of(record.cells)))  # noqa: B905 — дороже
        for field in numbers:
            given[field] = _number(given[field])
        given["idempotency_key"] = f"{prefix}{record.line}"
        return RegisterCustomerCommand(**given)

    return command


def _number(cell: str) -> int | str:
    number = ascii_integer(cell.strip())
    return cell if number is None else number
