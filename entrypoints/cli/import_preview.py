"""Что оператор видит прежде, чем записана первая строка: столбцы и первые строки по полям."""

import click

from application.customer_rows import CustomerRow
from domain.customer import RULES
from domain.rules import RuleBrokenError
from entrypoints.cli.import_result import findings_table
from entrypoints.cli.terminal import printable, table_lines
from entrypoints.container import ImportedFile

_ROWS = 3


def print_columns(file: ImportedFile) -> None:
    """Говорит, как прочитан файл: что узнано само и что не загружается."""
    if file.note:
        click.echo(file.note, err=True)
    for name, told in guessed_columns(file).items():
        click.echo(f"{name} is taken from {told}", err=True)
    if file.layout.ignored:
        ignored = printable(", ".join(file.layout.ignored))
        click.echo(f"columns not imported: {ignored}", err=True)


def guessed_columns(file: ImportedFile) -> dict[str, str]:
    """Столбцы, узнанные по известным названиям, и кто так пишет, по именам полей."""
    return {
        name: f"{' + '.join(map(repr, guess.headings))} ({guess.source})"
        for name, guess in file.layout.guessed.items()
    }


def print_preview(file: ImportedFile) -> None:
    """Показывает первые строки так, как они были бы записаны."""
    rows = file.sample[:_ROWS]
    if not rows:
        return
    layout = file.layout
    table = [["", "column", *(f"line {row.line}" for row in rows)]]
    for name in RULES:
        places = layout.places.get(name, ())
        column = printable(" + ".join(layout.names[place].strip() for place in places))
        table.append([name, column, *(_stored(row, name) for row in rows)])
    click.echo("\n".join(table_lines(table, is_error_stream=True)), err=True)


def print_findings(file: ImportedFile) -> None:
    """Показывает подозрительное, замеченное до сих пор."""
    table = findings_table("suspicious", file.suspicious)
    click.echo("\n".join(table_lines(table, is_error_stream=True)), err=True)


def _stored(row: CustomerRow, name: str) -> str:
    if row.command is None:
        return ", ".join(rule.code for rule in row.broken)
    try:
        value = RULES[name](getattr(row.command, name))
    except RuleBrokenError as error:
        return f"refused: {error.code}"
    return "" if value is None else str(value)
