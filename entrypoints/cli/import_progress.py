"""Ход загрузки на терминале: доля файла, записи, скорость, сколько осталось."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from adapters.csv.source import Source
from entrypoints.csv_import.run import CsvImport

_PERIOD = 0.2  # секунд между обновлениями


@asynccontextmanager
async def shown_progress(source: Source, job: CsvImport) -> AsyncIterator[None]:
    """Показывает ход на стандартном потоке ошибок, пока открыт контекст; не на терминале — нет."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    progress = Progress(
        TextColumn("{task.percentage:>3.0f} %"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows{task.fields[state]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        auto_refresh=False,  # из своего цикла событий: поток мешал бы загрузке
    )
    with progress:
        task = progress.add_task("", total=source.size, rows=0, state="")
        following = asyncio.create_task(_follow(progress, task, source, job))
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(progress: Progress, task: TaskID, source: Source, job: CsvImport) -> None:
    while True:
        progress.update(
            task, completed=source.position, rows=job.tally.rows, state=_state(progress, job)
        )
        progress.refresh()
        await asyncio.sleep(_PERIOD)


def _state(progress: Progress, job: CsvImport) -> str:
    if job.is_database_away:
        return ", waiting for the database"
    # Скорость в байтах rich считает по последним секундам: записи идут с нею в ногу.
    [task] = progress.tasks
    if not task.speed or not task.completed:
        return ""
    return f", {task.speed * job.tally.rows / task.completed:,.0f}/s"
