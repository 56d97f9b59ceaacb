"""``crm-api keys``: ключи идемпотентности."""

from datetime import timedelta

import click

from entrypoints.cli.ascii_int import AsciiIntRange
from entrypoints.cli.database import database
from entrypoints.cli.terminal import as_json, print_json, print_text


@click.group
def keys() -> None:
    """Look after the idempotency keys."""


@keys.command
@click.option(
    "--older-than",
    "days",
    type=AsciiIntRange(min=1, max=36_500),
    required=True,
    metavar="DAYS",
    help="Keys used longer ago than this are deleted.",
)
@as_json
def clean(*, days: int, as_json: bool) -> None:
    """Delete old keys; the customers stay.

    A request repeated after that is a new one: it is told that the e-mail is taken.
    """
    with database() as container:
        before = container.clock()() - timedelta(days=days)
        deleted = sum(container.database.forget_keys(before=before))
    if as_json:
        print_json({"deleted": deleted})
    else:
        print_text(f"Deleted {deleted} keys older than {days} days.")
