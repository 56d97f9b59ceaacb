"""Ход ``crm-api import``: файл, отказы, хранилище, сигналы и чем всё кончилось."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import uvloop
from attrs import frozen

from application.customer_repository import RepositoryUnavailableError
from application.customer_rows import ROW, SourceError
from application.import_report import ImportReport
from domain.errors import BrokenRule
from entrypoints.cli.exit_codes import HALF_DONE
from entrypoints.cli.import_preview import (
    guessed_columns,
    preview,
    print_columns,
    print_findings,
    print_preview,
)
from entrypoints.cli.import_progress import shown_progress
from entrypoints.cli.import_result import ImportResult, print_result
from entrypoints.cli.signals import stopping_on_signals
from entrypoints.cli.terminal import reader_language
from entrypoints.container import Container, opened, process_container
from entrypoints.database_container import STARTUP_ERRORS
from entrypoints.files_container import AlreadyThereFile, ImportedFile, RejectsFile
from entrypoints.garbage_collection import tuned_garbage_collector
from entrypoints.texts import Language, text

_STDIN = "-"
_OF_THE_FILE = (
    "columns",
    "delimiter",
    "encoding",
    "escape",
    "null_words",
    "has_short_rows",
    "accepted",
    "sheet",
    "date_format",
    "zone",
)


@frozen(kw_only=True)
class ImportOptions:
    """Чего хочет оператор; смысл полей — в справке команды."""

    file: str
    columns: Mapping[str, str]
    delimiter: str | None
    encoding: str | None
    escape: str
    null_words: tuple[str, ...]
    has_short_rows: bool
    accepted: tuple[str, ...]
    sheet: str | None
    date_format: str | None
    zone: str | None
    rejects: Path | None
    already: Path | None
    has_events: bool
    is_dry_run: bool
    is_json: bool
    is_bar_shown: bool

    @property
    def rejects_path(self) -> Path | None:
        """Где быть файлу отказов; ``None`` — нигде."""
        if self.rejects or self.is_dry_run:
            return self.rejects
        return Path(f"{'stdin' if self.file == _STDIN else self.file}.rejects.csv")


@frozen
class _Written:
    """Файлы, которые загрузка пишет."""

    rejects: RejectsFile | None
    already_there: AlreadyThereFile | None

    def keep(self) -> tuple[Path | None, Path | None]:
        """Даёт файлам их имена и возвращает их; без строк файла не будет."""
        return (
            self.rejects.keep() if self.rejects else None,
            self.already_there.keep() if self.already_there else None,
        )


def run_import(options: ImportOptions) -> ImportResult:
    """Загружает файл.

    Raises:
        application.customer_rows.SourceError: файл не тот; ничего не записано.
        entrypoints.settings.SettingsError: настройки неверны.
        STARTUP_ERRORS: база данных не готова.
    """
    container = process_container()
    if options.is_dry_run:
        container.customers.override(container.dry_run_customers)
    files = container.files
    path, already = options.rejects_path, options.already
    if path and already:
        files.check_apart(path, already)
    with ExitStack() as stack:
        told = files.options(**{name: getattr(options, name) for name in _OF_THE_FILE})
        file = stack.enter_context(files.imported(options.file, told))
        _show(file, options)
        explain = partial(_explain, reader_language())
        rejects = stack.enter_context(files.rejects(path, file, explain)) if path else None
        already_there = stack.enter_context(files.already_there(already, file)) if already else None
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        return runner.run(_load(container, options, file, _Written(rejects, already_there)))


def _show(file: ImportedFile, options: ImportOptions) -> None:
    """Показывает, как прочитан файл.

    Raises:
        application.customer_rows.SourceError: в начале файла то, что верным не бывает.
    """
    print_columns(file)
    if file.damage and not options.is_dry_run:
        if options.is_json:
            result = _result(file, ImportReport())
            result.problem = "the first rows have cells that cannot be right"
            print_result(result, is_json=True, is_dry_run=False)
        else:
            print_findings(file)
        kinds = ", ".join(sorted({one.kind for one in file.damage}))
        raise SourceError(
            f"nothing was stored: the first rows have cells that cannot be right ({kinds});"
            " --accept KIND imports them as they are"
        )


def _explain(language: Language, rule: BrokenRule) -> str:
    return text(rule.code, language, rule.limits)


async def _load(
    container: Container, options: ImportOptions, file: ImportedFile, written: _Written
) -> ImportResult:
    async with AsyncExitStack() as stack:
        # Проба не приводит схему к текущей: она ничего не меняет.
        opening = opened(container, is_prepared=options.is_dry_run)
        import_customers = (await stack.enter_async_context(opening)).import_customers
        shown = preview(file, container.clock()())
        if not options.is_json and (options.is_dry_run or sys.stderr.isatty()):
            print_preview(file, shown)
        report = ImportReport()
        if options.is_bar_shown:
            await stack.enter_async_context(shown_progress(file, report))
        stack.enter_context(tuned_garbage_collector())
        signals = stack.enter_context(stopping_on_signals(file.stop))
        result = _result(file, report)
        result.preview = shown if options.is_dry_run else ()
        with _failures_told(result):
            with suppress(asyncio.CancelledError):  # второй сигнал: исхода взятого не ждут
                await import_customers(
                    file,
                    report,
                    written.rejects,
                    written.already_there,
                    tells_subscribers=options.has_events,
                )
            if signals:
                result.fail("stopped", 128 + signals[0])
            else:
                result.rejects, result.already = written.keep()
        result.suspicious, result.mended = file.suspicious, file.mended
        result.encoding_advice = _encoding_advice(file, report)
        return result


@contextmanager
def _failures_told(result: ImportResult) -> Iterator[None]:
    """Говорит в итоге, почему загрузка не кончилась; то, что она успела, в нём остаётся."""
    try:
        yield
    except RepositoryUnavailableError:
        result.fail("the database has been away for too long", HALF_DONE)
    except SourceError as error:
        result.fail(str(error), 2, "the rest is lost or cannot be read")
    except STARTUP_ERRORS as error:
        failed = result.report.failed_line
        line = "" if failed is None else f"line {failed}: "
        result.fail(f"{line}{error}", 1)
    except OSError as error:
        result.fail(f"cannot write {error.filename}: {error.strerror}", 1)


def _result(file: ImportedFile, report: ImportReport) -> ImportResult:
    return ImportResult(
        report=report,
        ignored=file.layout.ignored,
        guessed=guessed_columns(file),
        suspicious=file.suspicious,
        mended=file.mended,
    )


def _encoding_advice(file: ImportedFile, report: ImportReport) -> str:
    lines = report.reasons[ROW, "wrong_encoding"]
    return f"{lines} lines are not in {file.encoding}; {file.encoding_advice}" if lines else ""
