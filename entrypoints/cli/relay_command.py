"""``crm-api relay``: рассылать события отдельным процессом."""

import click

from entrypoints.cli.ascii_int import AsciiIntRange
from entrypoints.cli.exit_codes import failures_in_one_line


@click.command
@click.option(
    "--metrics-port",
    type=AsciiIntRange(min=1, max=65_535),
    metavar="PORT",
    help="Serve metrics for Prometheus on this port of CRM_HOST, the first of several.",
)
def relay(*, metrics_port: int | None) -> None:
    """Send events to the subscribers, as crm-api serve does when it has any.

    Several may run, on any machine: each event is taken by one of them. It needs a connection to
    the database of its own.
    """
    from entrypoints.relay_service import run_relay

    try:
        with failures_in_one_line():
            run_relay(metrics_port)
    except OSError as error:
        raise click.ClickException(str(error)) from None
