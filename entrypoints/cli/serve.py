"""``crm-api serve``: запустить сервис."""

import click

from entrypoints.cli.outcome import failures_in_one_line


@click.command
def serve() -> None:
    """Start the service."""
    from entrypoints.cli.service import run_service
    from entrypoints.cli.workers import WorkerError

    try:
        with failures_in_one_line():
            run_service()
    except (OSError, WorkerError) as error:
        raise click.ClickException(str(error)) from None
