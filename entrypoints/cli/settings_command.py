"""``crm-api settings``: что задано и откуда."""

import click

from entrypoints.cli.exit_codes import failures_in_one_line
from entrypoints.cli.terminal import as_json, print_json, print_table

_UNSET = {"CRM_DATABASE_URL": "unset: the embedded PostgreSQL in CRM_DATA_DIR"}
"""Что значит для сервиса незаданное, если значения у него нет."""


@click.command
@as_json
def settings(*, as_json: bool) -> None:
    """Show all settings.

    Each with where it comes from; passwords are masked.
    """
    from entrypoints.settings import shown_settings

    with failures_in_one_line():
        shown = shown_settings()
    if as_json:
        for one in shown:
            print_json({"name": one.name, "value": one.value, "source": one.source})
    else:
        print_table([one.name, one.value or _UNSET.get(one.name, "-"), one.source] for one in shown)
