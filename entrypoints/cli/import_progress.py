"""Ход загрузки на терминале: доля файла, записи, скорость, сколько осталось."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from application.import_report import ImportReport
from entrypoints.files_container import ImportedFile

_PERIOD = 0.2  # секунд между обновлениями


@asynccontextmanager
async def shown_progress(file: ImportedFile, report: ImportReport) -> AsyncIterator[None]:
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
        task = progress.add_task("", total=file.source.size, rows=0, state="")
        following = asyncio.create_task(_follow(progress, task, file, report))
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(
    progress: Progress, task: TaskID, file: ImportedFile, report: ImportReport
) -> None:
    while True:
        progress.update(
            task, completed=file.source.position, rows=report.rows, state=_state(progress, report)
        )
        progress.refresh()
        await asyncio.sleep(_PERIOD)


def _state(progress: Progress, report: ImportReport) -> str:
    if report.waiting:
        return ", waiting for the database"
    # Скорость в байтах rich считает по последним секундам: записи идут с нею в ногу.
    [task] = progress.tasks
    if not task.speed or not task.completed:
        return ""
    return f", {task.speed * report.rows / task.completed:,.0f}/s"
