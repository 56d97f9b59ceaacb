"""``crm-api settings``: что задано и откуда."""

import click

from entrypoints.cli.exit_codes import failures_in_one_line
from entrypoints.cli.libpq_variables import shown_libpq_variables
from entrypoints.cli.terminal import as_json, print_json, print_table

_UNSET = {"CRM_DATABASE_URL": "unset: the embedded PostgreSQL in CRM_DATA_DIR"}
"""Что значит для сервиса незаданное, если значения у него нет."""


@click.command
@as_json
def settings(*, as_json: bool) -> None:
    """Show all settings.

    Each with where it comes from, and those variables of libpq (PGSSLMODE and its like) that the
    connection heeds; passwords are masked.
    """
    from entrypoints.container import process_container
    from entrypoints.settings import ENVIRONMENT
    from entrypoints.shown_settings import ShownSetting

    with failures_in_one_line():
        container = process_container()
        shown = container.shown_settings()
        shown += [
            ShownSetting(name, value, ENVIRONMENT)
            for name, value in shown_libpq_variables(container).items()
        ]
    if as_json:
        for one in shown:
            print_json({"name": one.name, "value": one.value, "source": one.source})
    else:
        print_table([one.name, one.value or _UNSET.get(one.name, "-"), one.source] for one in shown)
