"""Все команды ``crm-api`` под одним именем."""

import click

from entrypoints.cli.check_command import check
from entrypoints.cli.customers_command import customers
from entrypoints.cli.database_command import database
from entrypoints.cli.events_command import events
from entrypoints.cli.import_command import import_file
from entrypoints.cli.keys_command import keys
from entrypoints.cli.migrate_command import migrate
from entrypoints.cli.openapi_command import openapi
from entrypoints.cli.register_command import register
from entrypoints.cli.relay_command import relay
from entrypoints.cli.report_command import report
from entrypoints.cli.serve_command import serve
from entrypoints.cli.settings_command import settings
from entrypoints.cli.terminal import prepare_streams


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="crm-api")
@click.option("-v", "--verbose", is_flag=True, help="Show the log, SQL included, on stderr.")
def crm_api(*, verbose: bool) -> None:
    """Customer registration service.

    Settings come from CRM_ variables, .env or crm-api.toml; `crm-api settings` shows them.
    Exit codes: 0 done, 1 it did not work, 2 wrong command or settings, 3 the answer is no,
    4 stopped half-way.
    """
    prepare_streams(is_log_shown=verbose)


for command in (
    *(serve, relay, register, import_file),
    *(migrate, database, settings, check, openapi, keys, events, customers, report),
):
    crm_api.add_command(command)
