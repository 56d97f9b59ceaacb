"""Ход ``crm-api import``: файл, отказы, хранилище, сигналы и чем всё кончилось."""

import asyncio
import gc
import signal
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import click
import uvloop
from attrs import evolve, frozen

from application.customer_repository import RepositoryUnavailableError
from domain.errors import BrokenRule
from entrypoints.cli.outcome import HALF_DONE
from entrypoints.cli.progress import shown_progress
from entrypoints.cli.terminal import reader_language
from entrypoints.container import STARTUP_ERRORS, Container, opened
from entrypoints.csv_import.errors import SourceError
from entrypoints.csv_import.file import CsvFile, opened_csv
from entrypoints.csv_import.layout import Delimiter
from entrypoints.csv_import.lines import Encoding
from entrypoints.csv_import.rejects import Rejects, opened_rejects
from entrypoints.csv_import.run import CsvImport
from entrypoints.csv_import.source import STDIN
from entrypoints.csv_import.tally import Tally
from entrypoints.texts import text

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = "start the same command again, and it goes on from there"


@frozen(kw_only=True)
class Wish:
    """Чего хочет оператор; смысл полей — в справке команды."""

    file: str
    columns: Mapping[str, str]
    delimiter: Delimiter | None
    encoding: Encoding
    rejects: Path | None
    is_dry_run: bool
    is_bar_shown: bool

    @property
    def rejects_path(self) -> Path | None:
        """Где быть файлу отказов; ``None`` — нигде."""
        if self.rejects or self.is_dry_run:
            return self.rejects
        return Path(f"{'stdin' if self.file == STDIN else self.file}.rejects.csv")


@frozen(kw_only=True)
class Ending:
    """Чем кончилась загрузка.

    Attributes:
        tally: счёт исходов.
        ignored: столбцы, которые ни одному полю не достались.
        rejects: файл отказов, если он есть.
        problem: почему она не дошла до конца; ``None`` — дошла.
        exit_code: код выхода, если не дошла.
    """

    tally: Tally
    ignored: list[str]
    rejects: Path | None = None
    problem: str | None = None
    exit_code: int = 0


def run_import(wish: Wish) -> Ending:
    """Загружает файл.

    Raises:
        entrypoints.csv_import.errors.SourceError: файл не тот; ничего не записано.
        entrypoints.settings.SettingsError: настройки неверны.
        STARTUP_ERRORS: база данных не готова.
    """
    container = Container()
    container.settings()
    if wish.is_dry_run:
        container.customers.override(container.dry_run_customers)
    with ExitStack() as stack:
        file = stack.enter_context(
            opened_csv(
                wish.file,
                encoding=wish.encoding,
                delimiter=wish.delimiter,
                columns=wish.columns,
            )
        )
        if file.layout.ignored:
            click.echo(f"columns not imported: {', '.join(file.layout.ignored)}", err=True)
        path = wish.rejects_path
        rejects = stack.enter_context(opened_rejects(path, file, _explain)) if path else None
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        ending = runner.run(_load(container, wish, file, rejects))
        if ending.problem is None and rejects is not None:
            ending = evolve(ending, rejects=rejects.keep())
        return ending


def _explain(rule: BrokenRule) -> str:
    return text(rule.code, reader_language(), **rule.limits)


async def _load(container: Container, wish: Wish, file: CsvFile, rejects: Rejects | None) -> Ending:
    async with AsyncExitStack() as stack:
        # Проба не приводит схему к текущей: она ничего не меняет.
        register = await stack.enter_async_context(opened(container, is_prepared=wish.is_dry_run))
        job = CsvImport(register, file, rejects)
        if wish.is_bar_shown:
            await stack.enter_async_context(shown_progress(file.source, job.tally))
        received = stack.enter_context(_stopping_on_signals(job))
        ending = Ending(tally=job.tally, ignored=file.layout.ignored)
        # Что создано при запуске, живёт до конца: сборщику мусора незачем обходить его снова.
        gc.freeze()
        try:
            await job.run()
        except RepositoryUnavailableError:
            problem = f"the database has been away for too long; {_stored(job)}; {_AGAIN}"
            return evolve(ending, problem=problem, exit_code=HALF_DONE)
        except SourceError as error:
            return evolve(ending, problem=f"{error}; {_stored(job)}", exit_code=2)
        except (OSError, *STARTUP_ERRORS) as error:
            problem = f"line {job.failed_line}: {error}; {_stored(job)}"
            return evolve(ending, problem=problem, exit_code=1)
        except asyncio.CancelledError:
            pass  # второй сигнал: исхода взятого не ждут
        if received:
            problem = f"stopped; {_stored(job)}; {_AGAIN}"
            return evolve(ending, problem=problem, exit_code=128 + received[0])
        return ending


def _stored(job: CsvImport) -> str:
    return f"{job.tally.registered} customers of the file are stored"


@contextmanager
def _stopping_on_signals(job: CsvImport) -> Iterator[list[int]]:
    """Останавливает загрузку по сигналу и даёт список пришедших; второй сигнал не ждёт ничего."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    received: list[int] = []

    def receive(number: int) -> None:
        received.append(number)
        job.stop()
        if len(received) > 1 and task is not None:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, receive, number)
    try:
        yield received
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
