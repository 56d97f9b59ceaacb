"""Ход ``crm-api import``: файл, отказы, хранилище, сигналы и чем всё кончилось."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from pathlib import Path

import click
import uvloop
from attrs import define, frozen

from application.customer_repository import RepositoryUnavailableError
from application.customer_rows import SourceError
from application.import_report import ImportReport
from domain.errors import BrokenRule
from entrypoints.cli.exit_codes import HALF_DONE
from entrypoints.cli.import_progress import shown_progress
from entrypoints.cli.signals import stopping_on_signals
from entrypoints.cli.terminal import reader_language
from entrypoints.container import (
    STARTUP_ERRORS,
    Container,
    ImportedFile,
    RejectsFile,
    opened,
)
from entrypoints.garbage_collection import relieved_collector
from entrypoints.texts import Language, text

STDIN = "-"
_AGAIN = "the same command goes on from there"


@frozen(kw_only=True)
class ImportOptions:
    """Чего хочет оператор; смысл полей — в справке команды."""

    file: str
    columns: Mapping[str, str]
    delimiter: str | None
    encoding: str
    rejects: Path | None
    is_dry_run: bool
    is_bar_shown: bool

    @property
    def rejects_path(self) -> Path | None:
        """Где быть файлу отказов; ``None`` — нигде."""
        if self.rejects or self.is_dry_run:
            return self.rejects
        return Path(f"{'stdin' if self.file == STDIN else self.file}.rejects.csv")


@define(kw_only=True)
class ImportResult:
    """Чем кончилась загрузка.

    Attributes:
        report: счёт исходов.
        ignored: столбцы, которые ни одному полю не достались.
        rejects: файл отказов, если он есть.
        problem: почему она не дошла до конца; ``None`` — дошла.
        exit_code: код выхода, если не дошла.
    """

    report: ImportReport
    ignored: list[str]
    rejects: Path | None = None
    problem: str | None = None
    exit_code: int = 0

    def fail(self, why: str, exit_code: int, advice: str = _AGAIN) -> None:
        """Запоминает, почему загрузка не дошла до конца и что делать."""
        stored = f"{self.report.registered} customers of the file are stored"
        self.problem = f"{why}; {stored}; {advice}"
        self.exit_code = exit_code


def run_import(options: ImportOptions) -> ImportResult:
    """Загружает файл.

    Raises:
        application.customer_rows.SourceError: файл не тот; ничего не записано.
        entrypoints.settings.SettingsError: настройки неверны.
        STARTUP_ERRORS: база данных не готова.
    """
    container = Container()
    container.settings()
    if options.is_dry_run:
        container.customers.override(container.dry_run_customers)
    with ExitStack() as stack:
        file = stack.enter_context(
            container.imported_file(
                options.file,
                encoding=options.encoding,
                delimiter=options.delimiter,
                columns=options.columns,
            )
        )
        if file.layout.ignored:
            click.echo(f"columns not imported: {', '.join(file.layout.ignored)}", err=True)
        path = options.rejects_path
        explain = partial(_explain, reader_language())
        rejects = stack.enter_context(container.rejects(path, file, explain)) if path else None
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        return runner.run(_load(container, options, file, rejects))


def _explain(language: Language, rule: BrokenRule) -> str:
    return text(rule.code, language, rule.limits)


async def _load(
    container: Container, options: ImportOptions, file: ImportedFile, rejects: RejectsFile | None
) -> ImportResult:
    async with AsyncExitStack() as stack:
        # Проба не приводит схему к текущей: она ничего не меняет.
        opening = opened(container, is_prepared=options.is_dry_run)
        import_customers = (await stack.enter_async_context(opening)).import_customers
        report = ImportReport()
        if options.is_bar_shown:
            await stack.enter_async_context(shown_progress(file, report))
        stack.enter_context(relieved_collector())
        signals = stack.enter_context(stopping_on_signals(file.stop))
        result = ImportResult(report=report, ignored=file.layout.ignored)
        try:
            with suppress(asyncio.CancelledError):  # второй сигнал: исхода взятого не ждут
                await import_customers(file, report, rejects)
            if signals:
                result.fail("stopped", 128 + signals[0])
            elif rejects is not None:
                result.rejects = rejects.keep()
        except RepositoryUnavailableError:
            result.fail("the database has been away for too long", HALF_DONE)
        except SourceError as error:
            result.fail(str(error), 2, "the rest is lost or cannot be read")
        except STARTUP_ERRORS as error:
            result.fail(f"line {report.failed_line}: {error}", 1)
        except OSError as error:
            result.fail(f"cannot write the rejects: {error.strerror}", 1)
        return result
