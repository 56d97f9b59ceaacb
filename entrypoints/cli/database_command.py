"""``crm-api database``: данные встроенного PostgreSQL — копия, возврат, новая версия."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrypoints.cli.exit_codes import WrongSettingsError, failures_in_one_line
from entrypoints.cli.terminal import print_text, printable

if TYPE_CHECKING:
    from entrypoints.container import Container

_path = click.Path(path_type=Path)


@click.group
def database() -> None:
    """Look after the data of the embedded PostgreSQL."""


@database.command
@click.argument("file", type=_path)
def backup(*, file: Path) -> None:
    """Write the database into a new FILE while the service goes on.

    The file holds every customer; only its owner may read it.
    """
    with _embedded() as container:
        if not container.database.exists():
            raise click.ClickException(
                f"there is no database in {container.settings().data_dir} yet: nothing to back up"
            )
        container.database.back_up(file)
    print_text(f"The database is in {printable(str(file))}; only you may read it.")


@database.command
@click.argument("file", type=_path)
def restore(*, file: Path) -> None:
    """Make the database anew from a FILE of backup.

    CRM_DATA_DIR has to be an empty folder, or none yet.
    """
    with _embedded() as container:
        container.database.restore(file)
        data_dir = container.settings().data_dir
    print_text(f"{printable(str(data_dir))} holds what was in {printable(str(file))}.")


@database.command
@click.option(
    "--old-binaries",
    type=_path,
    metavar="DIR",
    help="Where the programs of the older PostgreSQL are, if they are not installed with this one.",
)
def upgrade(*, old_binaries: Path | None) -> None:
    """Bring the database to the newest PostgreSQL here.

    The service must be stopped. The old data stay beside the new ones.
    """
    with _embedded() as container:
        upgraded = container.database.upgrade(old_binaries)
    if upgraded is None:
        print_text("The database is of the newest PostgreSQL already; nothing was changed.")
        return
    version, kept = upgraded
    print_text(
        f"The database was brought over from PostgreSQL {version}."
        f" What it was is in {printable(str(kept))}: remove it when you no longer need it."
    )


@contextmanager
def _embedded() -> Iterator["Container"]:
    """Даёт контейнер, база данных которого встроенная; SIGTERM прерывает так же, как Ctrl-C.

    Raises:
        click.ClickException: база данных не встроенная или с нею ничего не вышло.
    """
    from entrypoints.container import process_container

    with failures_in_one_line():
        container = process_container()
        if container.settings().database_url is not None:
            raise WrongSettingsError(
                "this command is for the embedded PostgreSQL, and CRM_DATABASE_URL is set:"
                " use pg_dump, pg_restore and pg_upgrade of that server"
            )
        # Прерванное должно прибрать за собой: остановить свои серверы и удалить начатое.
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        yield container
