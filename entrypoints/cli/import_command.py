"""``crm-api import``: зарегистрировать покупателей из файла CSV."""

import sys
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.exit_codes import ANSWER_IS_NO, failures_in_one_line
from entrypoints.cli.terminal import as_json, print_json, print_table

if TYPE_CHECKING:
    from entrypoints.cli.import_execution import ImportResult

_DELIMITERS = {",": ",", ";": ";", "tab": "\t"}


class ImportFailedError(click.ClickException):
    """Файл не тот, или загрузка не дошла до конца: одна строка и свой код выхода."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # в click это переменная класса


def _columns(_context: object, _option: object, given: tuple[str, ...]) -> dict[str, str]:
    from domain.customer import RULES

    columns = {}
    for one in given:
        field, _, name = one.partition("=")
        if field not in RULES or not name:
            raise click.BadParameter(f"{one!r} is not FIELD=NAME; fields are {', '.join(RULES)}")
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
    help="What a column is called in this file, for example --column email=E-Mail. Repeatable.",
)
@click.option(
    "--delimiter", type=click.Choice(list(_DELIMITERS)), help="Found in the first line by default."
)
@click.option("--encoding", type=click.Choice(["utf-8", "windows-1251"]), default="utf-8")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path),
    help="Where refused rows go; FILE.rejects.csv by default, nowhere with --dry-run.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
@as_json
@click.pass_context
def import_file(
    context: click.Context,
    /,
    *,
    delimiter: str | None,
    encoding: str,
    dry_run: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401 — остальное без изменений
) -> None:
    """Register the customers of a CSV file.

    FILE has the names of its columns in the first line; it may be compressed by gzip; - is standard
    input. Killed or stopped at any moment, the same command goes on, and the outcome is as if it
    had never stopped.

    Exit codes: 0 every row is registered or was already there, 1 it did not work, 2 the file or the
    command is wrong, 3 rows were refused, 4 the database was away for over a minute, 130 and 143
    stopped by Ctrl-C or SIGTERM; after 4, 130 and 143 start the same command again.
    """
    from application.customer_rows import SourceError
    from entrypoints.cli.import_execution import ImportOptions, run_import
    from entrypoints.log_stream import without_waiting

    # Ход показывается из цикла событий: остановленный терминал остановил бы и загрузку, и сигналы.
    sys.stderr = without_waiting(sys.stderr, patience=inf)
    options = ImportOptions(
        delimiter=_DELIMITERS[delimiter] if delimiter else None,
        encoding=encoding,
        is_dry_run=dry_run,
        is_bar_shown=not context.find_root().params.get("verbose"),
        **given,
    )
    with failures_in_one_line():
        try:
            result = run_import(options)
        except SourceError as error:
            raise ImportFailedError(str(error), 2) from None
    if as_json:
        _print_json(result, is_dry_run=dry_run)
    elif result.problem is None:
        _print_table(result, is_dry_run=dry_run)
    _advise_on_encoding(result, options.encoding)
    if result.problem is not None:
        raise ImportFailedError(result.problem, result.exit_code)
    context.exit(ANSWER_IS_NO if result.report.refused else 0)


def _advise_on_encoding(result: "ImportResult", encoding: str) -> None:
    """Называет вторую из кодировок, если в первой прочлось не всё: заголовок бывает и из ASCII."""
    from application.customer_rows import ROW

    rows = result.report.reasons[ROW, "wrong_encoding"]
    if rows and encoding == "utf-8":
        click.echo(f"{rows} lines are not in {encoding}; try --encoding windows-1251", err=True)


def _print_json(result: "ImportResult", *, is_dry_run: bool) -> None:
    report = result.report
    print_json(
        {
            "registered": report.registered,
            "by_earlier_run": report.by_earlier_run,
            "already_there": report.already_there,
            "refused": report.refused,
            "reasons": [
                {"field": field, "code": code, "rows": rows}
                for (field, code), rows in report.reasons.most_common()
            ],
            "rejects": str(result.rejects) if result.rejects else None,
            "ignored_columns": result.ignored,
            "dry_run": is_dry_run,
            "complete": result.problem is None,
        }
    )


def _print_table(result: "ImportResult", *, is_dry_run: bool) -> None:
    report = result.report
    earlier = (
        f", {report.by_earlier_run} of them by an earlier run" if report.by_earlier_run else ""
    )
    where = f", in {result.rejects}" if result.rejects else ""
    print_table(
        [
            [
                "would be registered" if is_dry_run else "registered",
                f"{report.registered}{earlier}",
            ],
            ["already there", f"{report.already_there}"],
            ["refused", f"{report.refused}{where}"],
            *(
                [f"  {field}: {code}", f"{rows}"]
                for (field, code), rows in report.reasons.most_common()
            ),
        ]
    )
