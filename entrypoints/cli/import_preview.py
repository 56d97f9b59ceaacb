"""Что оператор видит прежде, чем записана первая строка: столбцы и первые строки по полям."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from application.customer_rows import ROW, CustomerRow
from domain.customer import RULES
from domain.rules import RuleBrokenError, past_moment
from entrypoints.cli.import_result import findings_table
from entrypoints.cli.terminal import folded, printable, table_lines
from entrypoints.customer_document import told_moment
from entrypoints.files_container import ImportedFile

_ROWS = 3
_TIME = "registered_at"


def print_columns(file: ImportedFile) -> None:
    """Говорит, как прочитан файл: что узнано само и что не загружается."""
    told = [file.note] if file.note else []
    told += [f"{name} is taken from {where}" for name, where in guessed_columns(file).items()]
    if file.layout.ignored:
        told.append(f"columns not imported: {printable(', '.join(file.layout.ignored))}")
    for line in told:
        click.echo(folded(line), err=True)
    _separate()


def guessed_columns(file: ImportedFile) -> dict[str, str]:
    """Столбцы, узнанные по известным названиям, и кто так пишет, по именам полей."""
    return {
        name: f"{' + '.join(map(repr, guess.headings))} ({guess.source})"
        for name, guess in file.layout.guessed.items()
    }


def preview(file: ImportedFile, now: datetime) -> list[dict[str, object]]:
    """Первые строки так, как они были бы записаны: номер строки, поля, что нарушено.

    Args:
        file: файл; строки из него ещё не взяты.
        now: который час.
    """
    return [_shown(row, now) for row in file.sample[:_ROWS]]


def print_preview(file: ImportedFile, rows: Sequence[Mapping[str, Any]]) -> None:
    """Показывает первые строки таблицей: под каждым полем — столбцы, из которых оно взято."""
    if not rows:
        return
    layout = file.layout
    table = [["", "column", *(f"line {row['line']}" for row in rows)]]
    for name in (*RULES, _TIME):
        if name == _TIME and name not in layout.places:
            continue
        places = layout.places.get(name, ())
        column = printable(" + ".join(layout.names[place].strip() for place in places))
        table.append([name, column, *(_cell(row, name) for row in rows)])
    click.echo("\n".join(table_lines(table, is_error_stream=True)), err=True)
    _separate()


def print_findings(file: ImportedFile) -> None:
    """Показывает подозрительное, замеченное до сих пор."""
    table = findings_table("suspicious", file.suspicious)
    click.echo("\n".join(table_lines(table, is_error_stream=True)), err=True)
    _separate()


def _separate() -> None:
    """Отделяет сказанное пустой строкой; в файле каждая строка о чём-то говорит."""
    if sys.stderr.isatty():
        click.echo(err=True)


def _shown(row: CustomerRow, now: datetime) -> dict[str, object]:
    stored: dict[str, object] = {}
    broken = {rule.field: rule.code for rule in row.broken}
    if row.command is not None:
        for name in (*RULES, _TIME):
            value = getattr(row.command, name)
            if name == _TIME and value is None:
                continue
            try:
                kept = past_moment(value, now) if name == _TIME else RULES[name](value)
            except RuleBrokenError as error:
                broken[name] = error.code
            else:
                stored[name] = told_moment(kept) if isinstance(kept, datetime) else kept
    return {"line": row.line, "stored": stored, "refused": broken}


def _cell(row: Mapping[str, Any], name: str) -> str:
    """Ячейка таблицы; строка, отклонённая целиком, говорит об этом в первой."""
    refused, stored = row["refused"], row["stored"]
    if code := refused.get(name) or (refused.get(ROW) if name == next(iter(RULES)) else None):
        return f"refused: {code}"
    value = stored.get(name)
    text = "" if value is None else printable(str(value))
    if name != _TIME:
        return text
    # Так время переносится по словам, а не посреди числа.
    return text.replace("T", " ").replace(".000000", "").replace("Z", " UTC")
