"""``crm-api report``: сколько зарегистрировано, когда и откуда; личных данных в отчёте нет."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.ascii_int import AsciiIntRange
from entrypoints.cli.database import database
from entrypoints.cli.terminal import as_json, print_json, print_text, reader_language

if TYPE_CHECKING:
    from application.report_registrations import Report, ReportRegistrations
    from entrypoints.container import Container

_GROUPINGS = ("day", "week", "month", "country", "age")
_STDOUT = "-"


def _day(_context: object, _option: object, given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise click.BadParameter(f"{given!r} is not a day like 2026-11-29") from None


def _prometheus(_context: object, _option: object, given: str | None) -> str | None:
    from entrypoints.setting_values import WrongValueError, public_url

    try:
        return None if given is None else public_url(given)
    except WrongValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command
@click.option(
    "--by",
    "groupings",
    type=click.Choice(_GROUPINGS),
    multiple=True,
    help="Only this; repeatable. Everything by default.",
)
@click.option(
    "--since", callback=_day, metavar="DAY", help="The first day, like 2026-11-01; see above."
)
@click.option(
    "--until", callback=_day, metavar="DAY", help="The last day, it counts too; today by default."
)
@click.option(
    "--timezone",
    "--zone",
    "zone",
    default="UTC",
    show_default=True,
    help="Whose days, weeks and months: Europe/Moscow, UTC, +03:00.",
)
@click.option(
    "--prometheus",
    "prometheus_url",
    callback=_prometheus,
    metavar="URL",
    help="The Prometheus that knows the refusals; CRM_PROMETHEUS_URL by default.",
)
@click.option(
    "--timeout",
    type=AsciiIntRange(min=1, max=3600),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="A question to the database that takes longer is given up.",
)
@click.option(
    "--csv",
    is_flag=False,
    flag_value=_STDOUT,
    metavar="[FILE]",
    help="Print CSV, or write it to a file.",
)
@click.option(
    "--html",
    is_flag=False,
    flag_value=_STDOUT,
    metavar="[FILE]",
    help="Print one page with charts, or write it to a file.",
)
@as_json
def report(  # noqa: PLR0913 — вид, в котором его хотят, и за какое время
    *,
    groupings: Sequence[str],
    since: date | None,
    until: date | None,
    zone: str,
    csv: str | None,
    html: str | None,
    as_json: bool,
    **limits: Any,  # noqa: ANN401 — остальное без изменений
) -> None:
    """Say how many registered, by day, week, month, country and age, and how many were refused.

    There are no personal data in it. By country and age, groups of fewer than five are not shown,
    and only whole months are counted; without --since everyone is. By time, without --since, it is
    the last 30 days, 12 weeks and 12 months. Weeks are those of ISO 8601. The database is only
    read, on a standby if CRM_DATABASE_URL names several hosts.
    """
    if [csv, html, as_json or None].count(None) < 2:  # noqa: PLR2004 — из трёх видов один
        raise click.UsageError("choose one of --csv, --html and --json")
    if since is not None and until is not None and since > until:
        raise click.UsageError("--since is after --until")
    with database() as container:
        made = _report(container, groupings, since, until, zone, **limits)
        _tell_left_out(made)
        _write(container, made, zone, csv, html, is_json=as_json)


def _report(  # noqa: PLR0913 — всё, о чём попросили
    container: "Container",
    groupings: Sequence[str],
    since: date | None,
    until: date | None,
    zone: str,
    *,
    prometheus_url: str | None,
    timeout: int,
) -> "Report":
    from dependency_injector.providers import Object

    from application.customer_rows import SourceError
    from application.refusal_counts import RefusalsUnknownError
    from application.registration_counts import CountingStoppedError
    from application.report_periods import TooManyPeriodsError, WrongDaysError
    from application.report_registrations import Grouping, NotWholeMonthsError, ReportRequest

    reporting = container.reporting
    reporting.timeout.override(Object(timeout))
    if prometheus_url is not None:
        reporting.prometheus_url.override(Object(prometheus_url))
    try:
        request = ReportRequest(
            groupings=tuple(map(Grouping, groupings)),
            since=since,
            until=until,
            zone=reporting.time_zone(zone),
        )
        make: ReportRegistrations = reporting.report_registrations()
        return asyncio.run(make(request))
    except (SourceError, NotWholeMonthsError, TooManyPeriodsError, WrongDaysError) as error:
        raise click.UsageError(str(error)) from None
    except (CountingStoppedError, RefusalsUnknownError) as error:
        raise click.ClickException(str(error)) from None


def _tell_left_out(made: "Report") -> None:
    if made.left_out:
        click.echo(
            f"Left out: by {' and '.join(made.left_out)}, where only whole months are counted.",
            err=True,
        )
    if made.refused is None:
        click.echo(
            "Refusals are not stored: --prometheus URL, or CRM_PROMETHEUS_URL, says who counts"
            " them.",
            err=True,
        )


def _write(  # noqa: PLR0913 — отчёт и вид, в котором его хотят
    container: "Container",
    made: "Report",
    zone: str,
    csv: str | None,
    html: str | None,
    *,
    is_json: bool,
) -> None:
    language = reader_language()
    if is_json:
        from entrypoints.cli.report_document import report_document

        print_json(report_document(made, zone))
    elif csv is not None:
        from entrypoints.cli.report_document import report_csv

        _put(csv, report_csv(made))
    elif html is not None:
        from entrypoints.cli.report_page import report_page

        _put(html, report_page(made, zone, container.clock()(), language))
    else:
        from entrypoints.cli.report_table import report_lines

        print_text("\n".join(report_lines(made, zone, language)))


def _put(place: str, text: str) -> None:
    """Печатает или пишет в файл; и там и там UTF-8, какой бы ни была кодировка терминала."""
    if place == _STDOUT:
        print_text(text.removesuffix("\n").encode())
        return
    try:
        Path(place).write_bytes(text.encode())
    except OSError as error:
        why = f"cannot write {place}: {error.strerror}; name another place for it"
        raise click.ClickException(why) from None
