"""Дни, недели и месяцы отчёта: когда они начинаются в выбранном поясе."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from attrs import frozen

MOST_PERIODS = 3_700
"""Больше отчёт не считает: десять лет по дням."""

EARLIEST_DAY = date(1900, 1, 1)
LATEST_DAY = date(2999, 12, 31)
"""О днях вне этих краёв не отчитываются: год перед первым и после последнего тоже можно назвать."""

_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_MONTHS = 12


class Step(StrEnum):
    """Чем меряется время."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_USUAL_DAYS = {Step.DAY: 30, Step.WEEK: 12 * _WEEK_DAYS}


class TooManyPeriodsError(ValueError):
    """Дней, недель или месяцев больше, чем ``MOST_PERIODS``; текст — строка для оператора."""


class WrongDaysError(ValueError):
    """О таких днях отчёта нет; текст — строка для оператора."""


@frozen
class Period:
    """Промежуток времени.

    Attributes:
        name: как его зовут: день ``2026-11-29``, неделя ``2026-W48`` (ISO 8601), месяц ``2026-11``.
        begins: с какого мгновения, включительно; UTC.
        ends: по какое, не включая его; UTC.
    """

    name: str
    begins: datetime
    ends: datetime


def periods(step: Step, first: date, last: date, zone: tzinfo) -> tuple[Period, ...]:
    """Делит дни на промежутки; крайние бывают неполными.

    Args:
        step: на что делить.
        first: первый день.
        last: последний день, он тоже входит.
        zone: чьи это дни.

    Raises:
        TooManyPeriodsError: промежутков слишком много.
    """
    found: list[Period] = []
    for begins, after in _days(step, first, last):
        if len(found) == MOST_PERIODS:
            raise TooManyPeriodsError(
                f"from {first} to {last} there are more than {MOST_PERIODS} {step}s:"
                " choose a shorter time or longer periods"
            )
        found.append(Period(_name(step, begins), midnight(begins, zone), midnight(after, zone)))
    return tuple(found)


def check_days(first: date | None, last: date, today: date) -> None:
    """Проверяет, что об этих днях есть что сказать.

    Args:
        first: первый день; ``None`` — край открыт.
        last: последний.
        today: какой день сегодня.

    Raises:
        WrongDaysError: день слишком далёк, или первый после последнего либо ещё не начался.
    """
    for day in (first or last, last):
        if not EARLIEST_DAY <= day <= LATEST_DAY:
            raise WrongDaysError(
                f"{day} is too far away: choose days from {EARLIEST_DAY} to {LATEST_DAY}"
            )
    if first is not None and first > min(last, today):
        what = f"the last day, {last}" if last < today else f"today, {today}"
        raise WrongDaysError(f"the first day, {first}, is after {what}")


def usual_first(step: Step, last: date) -> date:
    """С какого дня начинать, если этого не сказали: чтобы вышло недолго и целыми промежутками."""
    if step is Step.MONTH:
        return _first_of_month(last, 1 - _MONTHS)
    first = last - timedelta(days=_USUAL_DAYS[step] - 1)
    # У недели — понедельник, чтобы первая была полной.
    return first if step is Step.DAY else _next_week(first - _DAY)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Первое мгновение дня в поясе; в UTC.

    Полночи может не быть (часы в ней переводят вперёд): тогда день начинается с перевода, и
    прежнее смещение, которое берёт zoneinfo (PEP 495, fold=0), даёт как раз его. Может быть две:
    тогда с первой.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def is_whole_months(first: date | None, last: date | None) -> bool:
    """Начинаются ли и кончаются ли дни вместе с календарными месяцами; ``None`` — край открыт."""
    return (first is None or first.day == 1) and (last is None or (last + _DAY).day == 1)


def _days(step: Step, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Перечисляет промежутки: первый день и первый день после."""
    end = last + _DAY
    while first < end:
        match step:
            case Step.DAY:
                after = first + _DAY
            case Step.WEEK:
                after = _next_week(first)
            case _:
                after = _first_of_month(first, 1)
        yield first, min(after, end)
        first = after


def _next_week(day: date) -> date:
    return day + timedelta(days=_WEEK_DAYS - day.weekday())


def _first_of_month(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, 1)


def _name(step: Step, day: date) -> str:
    if step is Step.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return f"{day:%Y-%m}" if step is Step.MONTH else f"{day}"
