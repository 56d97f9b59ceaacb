"""``crm-api check``: всё ли готово и что сделал бы ``crm-api serve``; ничего не меняет."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from attrs import field, frozen

from entrypoints.cli.exit_codes import failures_in_one_line
from entrypoints.cli.libpq_variables import shown_libpq_variables
from entrypoints.cli.terminal import as_json, print_json, print_table

if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings


@frozen
class CheckResult:
    """Что выяснилось: о чём, подробности для оператора и хорошо ли это."""

    about: str
    detail: str
    is_good: bool = field(default=True, kw_only=True)


@click.command
@as_json
@click.pass_context
def check(context: click.Context, *, as_json: bool) -> None:
    """Say whether all is ready.

    It looks at the database and the schema, tries whether a customer could be stored, says what
    serve would do, and changes nothing. Exit code 1 if something is wrong.
    """
    from entrypoints.container import process_container
    from entrypoints.service import ensure_servable

    with failures_in_one_line():
        container = process_container()
        ensure_servable(container.settings())
    clashes = [CheckResult("packages", line, is_good=False) for line in (context.obj or tuple)()]
    results = [*clashes, *_results(container)]
    if as_json:
        for one in results:
            print_json({"about": one.about, "ok": one.is_good, "detail": one.detail})
    else:
        print_table([one.about, "ok" if one.is_good else "FAILED", one.detail] for one in results)
    context.exit(0 if all(one.is_good for one in results) else 1)


def _results(container: "Container") -> Iterator[CheckResult]:
    from entrypoints.database_url import IN_MEMORY
    from entrypoints.settings import ignored_variables

    settings = container.settings()
    for line in ignored_variables():
        yield CheckResult("environment", line)
    if variables := shown_libpq_variables(container):
        told = ", ".join(f"{name}={value}" for name, value in variables.items())
        yield CheckResult("environment", f"the connection to the database heeds {told}")
    if settings.database_url == IN_MEMORY:
        yield CheckResult("database", "memory only: customers are forgotten at the end")
    else:
        yield from _database(container, settings)
    yield from _serving(settings)


def _serving(settings: "Settings") -> Iterator[CheckResult]:
    workers = f"{settings.workers} worker{'s' * (settings.workers > 1)}"
    yield _listening(settings.host, settings.port, "CRM_PORT", f", {workers}")
    if settings.operations_port is not None:
        setting = "CRM_OPERATIONS_PORT"
        yield _listening(settings.host, settings.operations_port, setting, " for operations")


def _listening(hosts: Sequence[str], port: int, setting: str, purpose: str) -> CheckResult:
    from entrypoints.health_check import failure
    from entrypoints.server.listening import AddressInUseError, bound_sockets, shown

    addresses = ", ".join(shown(host, port) for host in hosts)
    is_running = False
    for host in hosts:
        try:
            with bound_sockets([host], port, setting):
                continue
        except AddressInUseError as error:
            # Занят он бывает тем самым сервисом, о котором и спрашивают.
            if failure(host, port) is not None:
                return CheckResult("serve", str(error), is_good=False)
            is_running = True
        except OSError as error:
            return CheckResult("serve", str(error), is_good=False)
    if is_running:
        return CheckResult("serve", f"this service listens on {addresses} already")
    return CheckResult("serve", f"listens on {addresses}{purpose}")


def _database(container: "Container", settings: "Settings") -> Iterator[CheckResult]:
    from application.customer_repository import RepositoryUnavailableError
    from entrypoints.database_container import STARTUP_ERRORS

    about = "database"
    try:
        if not container.database.exists():
            detail = f"none yet: the embedded PostgreSQL will be made in {settings.data_dir}"
            yield CheckResult(about, detail)
            return
        schema = container.database.schema_status()
        yield CheckResult(about, schema.server)
        if advice := container.database.advice():
            yield CheckResult(about, advice)
        if schema.email:
            yield CheckResult("e-mails", f"compared as {schema.email}")
        about = "schema"
        if schema.is_current:
            asyncio.run(_store_nothing(container))
            yield CheckResult(about, f"{schema.revision}, current; registrations can be stored")
            return
        missing = f"{schema.revision or 'none yet'}, missing: {', '.join(schema.pending)}"
        if schema.adopts:
            container.database.check_adoptable()
            # Проба читает всю таблицу и держит записи прежнего сервиса: её велит оператор.
            missing += " (adopts the table customers: try crm-api migrate up --dry-run first)"
        else:
            container.database.migrate(is_dry_run=True)
        step = "serve applies it at start" if settings.auto_migrate else "run crm-api migrate up"
        yield CheckResult(about, f"{missing}; {step}", is_good=settings.auto_migrate)
    except (RepositoryUnavailableError, *STARTUP_ERRORS) as error:
        yield CheckResult(about, str(error), is_good=False)
    finally:
        container.shutdown_resources()


async def _store_nothing(container: "Container") -> None:
    """Проверяет, что записать можно, не записывая ничего.

    Raises:
        RepositoryUnavailableError: нельзя.
    """
    from entrypoints.container import opened

    async with opened(container) as use_cases:
        await use_cases.ensure_ready()
