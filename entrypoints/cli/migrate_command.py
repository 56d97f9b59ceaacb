"""``crm-api migrate``: схема базы данных и строки, принятые от прежнего сервиса."""

import click

from entrypoints.cli.database import database
from entrypoints.cli.exit_codes import ANSWER_IS_NO
from entrypoints.cli.terminal import as_json, print_json, print_table, print_text


@click.group
def migrate() -> None:
    """Look after the database."""


@migrate.command
@click.option(
    "--dry-run",
    "is_dry_run",
    is_flag=True,
    help="Do it all and undo it. Meanwhile others cannot write, as in earnest.",
)
@as_json
def up(*, is_dry_run: bool, as_json: bool) -> None:
    """Apply all missing migrations or none."""
    with database() as container:
        before = container.database.schema_status()
        container.database.migrate(is_dry_run=is_dry_run)
    if as_json:
        applied = [] if is_dry_run else before.pending
        print_json({"from": before.revision, "to": before.needed, "applied": applied})
    elif before.is_current:
        print_text(f"The schema is at {before.revision} already; nothing was changed.")
    elif is_dry_run:
        print_text(f"{', '.join(before.pending)} can be applied; nothing was changed.")
    else:
        print_text(f"Applied {', '.join(before.pending)}; the schema is at {before.needed}.")


@migrate.command
@as_json
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> None:
    """Show where the schema is.

    Exit code 3 if migrations are missing.
    """
    with database() as container:
        found = container.database.schema_status()
    if as_json:
        print_json(
            {
                "server": found.server,
                "revision": found.revision,
                "needed": found.needed,
                "pending": found.pending,
                "adopts": found.adopts,
                "current": found.is_current,
            }
        )
    else:
        print_table(
            [
                ["server", found.server],
                ["schema", found.revision or "none yet"],
                ["needed", found.needed],
                ["missing", ", ".join(found.pending) or "nothing"],
            ]
        )
        if found.adopts:
            print_text("The table customers of an earlier service will be adopted with its rows.")
    context.exit(0 if found.is_current else ANSWER_IS_NO)


@migrate.command
@as_json
@click.pass_context
def audit(context: click.Context, *, as_json: bool) -> None:
    """List customers that break today's rules.

    A line a broken rule: the id, the field, the code; no personal data. Nothing is changed. Exit
    code 3 if there are any.
    """
    checked = broken = 0
    with database() as container:
        for batch in container.database.audit():
            checked += batch.checked
            for violation in batch.violations:
                broken += 1
                if as_json:
                    print_json(
                        {
                            "id": violation.customer_id,
                            "field": violation.field,
                            "code": violation.code,
                        }
                    )
                else:
                    print_text(f"{violation.customer_id}\t{violation.field}\t{violation.code}")
    click.echo(f"Checked {checked} customers: {broken} broken rules.", err=True)
    context.exit(ANSWER_IS_NO if broken else 0)
