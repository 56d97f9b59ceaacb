"""Дни, недели и месяцы отчёта: чьи бы ни были дни, каждое мгновение попадает в свой."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.report_periods import (
    MOST_PERIODS,
    Period,
    Step,
    TooManyPeriodsError,
    is_whole_months,
    midnight,
    periods,
    usual_first,
)

MOSCOW = ZoneInfo("Europe/Moscow")
# Где часы переводят в полночь и на полчаса, и где смещение не из целых часов.
ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Moscow", "America/Havana", "America/Sao_Paulo", "Asia/Beirut"),
        *("Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York"),
        "Pacific/Chatham",
    ]
).map(ZoneInfo)
DAYS = st.dates(date(2012, 1, 1), date(2037, 12, 1))


@given(ZONES, DAYS, st.integers(0, 800), st.sampled_from(Step), st.data())
def test_every_moment_is_in_the_period_of_its_own_day(
    zone: ZoneInfo, first: date, days: int, step: Step, data: st.DataObject
) -> None:
    last = first + timedelta(days=days)
    found = periods(step, first, last, zone)
    begins = [period.begins for period in found]
    assert [period.ends for period in found[:-1]] == begins[1:]
    moment = data.draw(
        st.datetimes(
            found[0].begins.replace(tzinfo=None),
            found[-1].ends.replace(tzinfo=None) - timedelta(microseconds=1),
            timezones=st.just(UTC),
        )
    )
    local = moment.astimezone(zone).date()
    year, week, _ = local.isocalendar()
    names = {Step.DAY: f"{local}", Step.WEEK: f"{year}-W{week:02}", Step.MONTH: f"{local:%Y-%m}"}
    assert found[bisect_right(begins, moment) - 1].name == names[step]
    assert len({period.name for period in found}) == len(found)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2017, 10, 15), 23),
        ("America/Havana", date(2026, 11, 1), 25),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_day_is_as_long_as_the_clocks_make_it(zone: str, day: date, hours: float) -> None:
    (found,) = periods(Step.DAY, day, day, ZoneInfo(zone))
    assert found.ends - found.begins == timedelta(hours=hours)


def test_weeks_are_those_of_iso_8601_and_the_outer_ones_may_be_parts() -> None:
    found = periods(Step.WEEK, date(2026, 12, 30), date(2027, 1, 5), MOSCOW)
    assert found == (
        Period(
            "2026-W53", midnight(date(2026, 12, 30), MOSCOW), midnight(date(2027, 1, 4), MOSCOW)
        ),
        Period("2027-W01", midnight(date(2027, 1, 4), MOSCOW), midnight(date(2027, 1, 6), MOSCOW)),
    )


def test_months_begin_with_their_first_day() -> None:
    found = periods(Step.MONTH, date(2026, 11, 29), date(2027, 1, 31), UTC)
    assert [period.name for period in found] == ["2026-11", "2026-12", "2027-01"]
    assert found[1].begins == datetime(2026, 12, 1, tzinfo=UTC)
    assert found[-1].ends == datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "first"),
    [
        (Step.DAY, date(2026, 10, 31)),
        (Step.WEEK, date(2026, 9, 7)),
        (Step.MONTH, date(2025, 12, 1)),
    ],
)
def test_usual_time_is_of_whole_periods(step: Step, first: date) -> None:
    last = date(2026, 11, 29)
    assert usual_first(step, last) == first
    assert len(periods(step, first, last, UTC)) == {"day": 30, "week": 12, "month": 12}[step]


def test_too_many_periods_are_refused() -> None:
    first = date(2000, 1, 1)
    last = first + timedelta(days=MOST_PERIODS)
    with pytest.raises(TooManyPeriodsError, match=r"there are more than 3700 days: choose"):
        periods(Step.DAY, first, last, UTC)
    assert len(periods(Step.WEEK, first, last, UTC)) == 530


@pytest.mark.parametrize(
    ("first", "last", "is_whole"),
    [
        (None, None, True),
        (date(2026, 2, 1), date(2026, 2, 28), True),
        (date(2026, 2, 1), date(2026, 2, 27), False),
        (date(2026, 2, 2), None, False),
        (None, date(2026, 12, 31), True),
    ],
)
def test_whole_months_begin_and_end_with_a_month(
    first: date | None, last: date | None, *, is_whole: bool
) -> None:
    assert is_whole_months(first, last) is is_whole
