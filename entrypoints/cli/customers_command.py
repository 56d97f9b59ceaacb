"""``crm-api customers``: показать, выдать или стереть одного покупателя (GDPR, 152-ФЗ)."""

import asyncio
import getpass
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from entrypoints.cli.database import database
from entrypoints.cli.exit_codes import ANSWER_IS_NO
from entrypoints.cli.terminal import (
    as_json,
    forget_unprinted,
    is_confirmed,
    print_json,
    print_table,
    printable,
)

if TYPE_CHECKING:
    from application.customer_records import CustomerRecord, Erasure
    from application.erase_customer import EraseCustomer, FindCustomer
    from entrypoints.container import Container

_ELSEWHERE = (
    "Erasing reaches this database alone: backups and the files that were imported still have him"
)
_WARNING = (
    f"{_ELSEWHERE}, and importing such a file again registers him again (unless --tombstone), as"
    " does his own registration."
)
_WITH_TOMBSTONE = (
    f"{_ELSEWHERE}. Imports leave him out from now on: a salted hash of his address stays. His own"
    " registration registers him again."
)

who = click.argument("who", metavar="ID|EMAIL")


@click.group
def customers() -> None:
    """Show, export or erase one customer, as the law asks (GDPR, 152-FZ)."""


@customers.command
@who
@click.pass_context
def show(context: click.Context, *, who: str) -> None:
    """Show what is stored about a customer; exit code 3 if there is none."""
    with database() as container, _unknown_is_no(context):
        found = _found(container, who)
    print_table(
        (name, printable(str(value)))
        for name, value in _document(found).items()
        if value is not None
    )


@customers.command
@who
@click.pass_context
def export(context: click.Context, *, who: str) -> None:
    """Print what is stored about a customer as JSON, to be handed to him; exit code 3 if none."""
    with database() as container, _unknown_is_no(context):
        found = _found(container, who)
    print_json(_document(found))


@customers.command
@who
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--tombstone",
    "has_tombstone",
    is_flag=True,
    help="Keep a salted hash of his address: imports leave him out.",
)
@as_json
@click.pass_context
def erase(
    context: click.Context, *, who: str, yes: bool, has_tombstone: bool, as_json: bool
) -> None:
    """Erase a customer with his idempotency keys and events.

    Asks before it does, and writes an audit line without his data to stderr. It cannot be undone.
    Exit code 3 if there is no such customer or the answer was no.
    """
    warning = _WITH_TOMBSTONE if has_tombstone else _WARNING
    with database() as container, _unknown_is_no(context):
        found = _found(container, who)
        if not yes:
            click.echo(warning, err=True)
            question = f"Erase customer {found.id}, {found.keys} keys and {found.events} events?"
            if not is_confirmed(question):
                click.echo("Nothing is erased.", err=True)
                context.exit(ANSWER_IS_NO)
        erasing: EraseCustomer = container.erase_customer()
        erased = asyncio.run(erasing(found.id, leaves_tombstone=has_tombstone))
        told = {**_counts(erased), "tombstone": has_tombstone}
        _write_audit_line(container, told)
    if as_json:
        print_json(told)
    elif yes:
        click.echo(warning, err=True)


def _found(container: "Container", who: str) -> "CustomerRecord":
    find: FindCustomer = container.find_customer()
    return asyncio.run(find(who))


@contextmanager
def _unknown_is_no(context: click.Context) -> Iterator[None]:
    from application.erase_customer import UnknownCustomerError

    try:
        yield
    except UnknownCustomerError as error:
        click.echo(f"{error}", err=True)
        context.exit(ANSWER_IS_NO)


def _document(found: "CustomerRecord") -> dict[str, object]:
    from entrypoints.customer_document import told_moment

    return {
        "id": found.id,
        **found.fields,
        "registered_at": found.registered_at and told_moment(found.registered_at),
        "idempotency_keys": found.keys,
        "events": found.events,
    }


def _counts(erased: "Erasure") -> dict[str, object]:
    return {
        "customer_id": erased.customer_id,
        "idempotency_keys": erased.keys,
        "events": erased.events,
    }


def _write_audit_line(container: "Container", told: Mapping[str, object]) -> None:
    """Пишет в поток ошибок, что, когда и кем стёрто: строка JSON, в которой личных данных нет.

    Raises:
        click.ClickException: туда писать нельзя; строка — на стандартном выводе: другого
            свидетельства о стёртом нет.
    """
    from entrypoints.customer_document import told_moment
    from entrypoints.json_line import json_line

    line = {
        "time": told_moment(container.clock()()),
        "message": "customer erased",
        "by": _operator(),
        **told,
    }
    try:
        click.echo(json_line(line).encode(), err=True)
    except OSError as error:
        forget_unprinted(sys.stderr)
        print_json(line)
        raise click.ClickException(
            f"standard error takes no audit line ({error.strerror}): it is on standard output;"
            " the customer is erased"
        ) from None


def _operator() -> str:
    """Имя того, кто запустил команду; у номера без имени (в контейнере) его нет."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
