"""``crm-api import``: зарегистрировать покупателей из файла CSV."""

import sys
from math import inf
from pathlib import Path
from typing import Any

import click

from entrypoints.cli.exit_codes import ANSWER_IS_NO, failures_in_one_line
from entrypoints.cli.terminal import as_json, folded

_DELIMITERS = {",": ",", ";": ";", "tab": "\t", "|": "|"}


class ImportFailedError(click.ClickException):
    """Файл не тот, или загрузка не дошла до конца: одна строка и свой код выхода."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(folded(message, indent=len("Error: ")))
        self.exit_code = exit_code  # type: ignore[misc]  # в click это переменная класса


def _columns(_context: object, _option: object, given: tuple[str, ...]) -> dict[str, str]:
    from domain.customer import RULES

    fields = [*RULES, "registered_at"]
    columns: dict[str, str] = {}
    for one in given:
        field, _, name = one.partition("=")
        if field not in fields or not name:
            raise click.BadParameter(f"{one!r} is not FIELD=NAME; fields are {', '.join(fields)}")
        if field in columns:
            raise click.BadParameter(f"{field} is given twice: {columns[field]!r} and {name!r}")
        columns[field] = name
    return columns


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_columns,
    metavar="FIELD=NAME",
    help="What a column is called in this file, for example --column email=E-Mail; several make"
    " one field: --column 'name=First Name + Last Name'; a number is a position. Repeatable.",
)
@click.option(
    "--delimiter", type=click.Choice(list(_DELIMITERS)), help="Found in the first line by default."
)
@click.option(
    "--encoding",
    metavar="NAME",
    help="UTF-8, or UTF-16 where it is that, by default; any encoding that Python knows.",
)
@click.option(
    "--escape",
    type=click.Choice(["none", "backslash", "php"]),
    default="none",
    help="What a backslash means: as in MySQL, PostgreSQL and ClickHouse, or in PHP's fputcsv.",
)
@click.option(
    "--null",
    "null_words",
    multiple=True,
    metavar="WORD",
    help="A cell of this word is empty, for example --null NULL. Repeatable.",
)
@click.option(
    "--short-rows",
    "has_short_rows",
    is_flag=True,
    help="Rows with too few cells lack the last ones, which are empty.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="KIND",
    help="Import suspicious cells of this kind as they are, for example null_word. Repeatable.",
)
@click.option(
    "--date-format",
    metavar="FORMAT",
    help="How registered_at is written, as in Python's strptime, for example '%d.%m.%Y %H:%M';"
    " ISO 8601 by default.",
)
@click.option(
    "--zone",
    metavar="ZONE",
    help="Of times in registered_at that have none: Europe/Moscow, UTC, +03:00.",
)
@click.option("--sheet", metavar="NAME", help="Of a workbook; the first that is not hidden.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path),
    help="Where refused rows go; FILE.rejects.csv by default, nowhere with --dry-run.",
)
@click.option(
    "--already",
    type=click.Path(path_type=Path),
    help="Where rows go whose customer is already there, with the customer's id.",
)
@click.option(
    "--events",
    "has_events",
    is_flag=True,
    help="Tell the subscribers of those registered; by default an import is no news.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
@as_json
@click.pass_context
def import_file(
    context: click.Context,
    /,
    *,
    delimiter: str | None,
    dry_run: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401 — остальное без изменений
) -> None:
    """Register the customers of a CSV file, or of a sheet of an .xlsx, .xls or .ods workbook.

    FILE has the names of its columns in the first line; it may be compressed by gzip; - is standard
    input. Killed or stopped at any moment, the same command goes on, and the outcome is as if it
    had never stopped.

    Exit codes: 0 every row is registered or was already there, 1 it did not work, 2 the command or
    a file that it names is wrong, 3 rows were refused, repeated in the file or look damaged, 4 the
    database was away for over a minute, 129, 130 and 143 stopped by SIGHUP, Ctrl-C or SIGTERM;
    after 4, 129, 130 and 143 start the same command again.
    """
    from application.customer_rows import SourceError
    from entrypoints.cli.import_execution import ImportOptions, run_import
    from entrypoints.cli.import_result import print_result
    from entrypoints.log_stream import without_waiting

    # Ход показывается из цикла событий: остановленный терминал остановил бы и загрузку, и сигналы.
    sys.stderr = without_waiting(sys.stderr, patience=inf)
    options = ImportOptions(
        delimiter=_DELIMITERS[delimiter] if delimiter else None,
        is_dry_run=dry_run,
        is_json=as_json,
        is_bar_shown=not context.find_root().params.get("verbose"),
        **given,
    )
    with failures_in_one_line():
        try:
            result = run_import(options)
        except SourceError as error:
            raise ImportFailedError(str(error), 2) from None
    print_result(result, is_json=as_json, is_dry_run=dry_run)
    if result.problem is not None:
        raise ImportFailedError(result.problem, result.exit_code)
    context.exit(0 if result.is_clean else ANSWER_IS_NO)
