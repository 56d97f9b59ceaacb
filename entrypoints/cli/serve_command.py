"""``crm-api serve``: запустить сервис."""

import sys

import click

from entrypoints.cli.exit_codes import failures_in_one_line


@click.command
def serve() -> None:
    """Start the service."""
    from entrypoints.log_stream import without_waiting

    # Сообщение о том, почему сервис не запустился, не ждёт читателя: иначе процесс, чей вывод никто
    # не читает, не кончился бы, и никто не запустил бы его снова.
    sys.stderr = without_waiting(sys.stderr)

    from entrypoints.server.open_files import refusal_told
    from entrypoints.server.worker_pool import WorkerError
    from entrypoints.service import run_service

    try:
        with failures_in_one_line():
            run_service()
    except OSError as error:
        raise click.ClickException(refusal_told(error)) from None
    except WorkerError as error:
        raise click.ClickException(str(error)) from None
