"""Отчёт: что в нём есть, за какое время, и чего в нём нет."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from attrs import define

from adapters.memory import InMemoryCustomerRepository
from application.refusal_counts import RefusalCounts
from application.report_periods import (
    EARLIEST_DAY,
    LATEST_DAY,
    TooManyPeriodsError,
    WrongDaysError,
)
from application.report_registrations import (
    Countries,
    Grouping,
    NotWholeMonthsError,
    Report,
    ReportRegistrations,
    ReportRequest,
)
from application.small_groups import Withheld
from tests.support.customers import new_customer
from tests.support.registration_counts_contract import register

NOW = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")

pytestmark = pytest.mark.anyio


@define
class Refusals(RefusalCounts):
    """Помнит, о чём спросили."""

    asked: tuple[datetime, datetime] | None = None

    async def by_code(self, since: datetime, until: datetime) -> Mapping[str, int]:
        self.asked = since, until
        return {"email_taken": 3}


@pytest.fixture
def customers() -> InMemoryCustomerRepository:
    return InMemoryCustomerRepository()


async def report(
    customers: InMemoryCustomerRepository,
    request: ReportRequest,
    refusals: RefusalCounts | None = None,
) -> Report:
    return await ReportRegistrations(customers, refusals, lambda: NOW)(request)


async def test_days_are_those_of_the_zone(customers: InMemoryCustomerRepository) -> None:
    moments = [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    await register(customers, *({"registered_at": moment} for moment in moments))
    request = ReportRequest(groupings=(Grouping.DAY,), zone=MOSCOW)
    (days,) = (await report(customers, request)).sections
    assert days.groups is not None
    assert (len(days.groups), days.total) == (30, 2)
    assert days.groups[-2:] == [("2026-11-29", 1), ("2026-11-30", 1)]


async def test_everything_is_counted_by_default(customers: InMemoryCustomerRepository) -> None:
    old = {"registered_at": datetime(2020, 1, 1, tzinfo=UTC), "country": None, "age": None}
    await register(customers, *[{"registered_at": NOW}] * 5, *[old] * 6)
    found = await report(customers, ReportRequest())
    assert [one.grouping for one in found.sections] == list(Grouping)
    assert [one.total for one in found.sections] == [5, 5, 5, 11, 11]
    by_country, by_age = (one.groups for one in found.sections[-2:])
    assert by_country == [(None, 6), ("Russia", 5)]
    assert by_age == [
        *[("0-17", 0), ("18-24", 0), ("25-34", 5), ("35-44", 0)],
        *[("45-54", 0), ("55-64", 0), ("65+", 0), (None, 6)],
    ]
    assert (found.refused, found.left_out) == (None, ())


async def test_small_groups_are_hidden(customers: InMemoryCustomerRepository) -> None:
    await register(customers, *[{}] * 6, *[{"country": "Ivan's home", "age": 70}] * 3)
    request = ReportRequest(groupings=(Grouping.COUNTRY, Grouping.AGE))
    by_country, by_age = (await report(customers, request)).sections
    assert (by_country.groups, by_country.total) == ([(Countries.OTHERS, 9)], 9)
    assert by_age.groups is not None
    assert dict(by_age.groups)["65+"] is Withheld.FEW
    assert dict(by_age.groups)["25-34"] == 6


async def test_total_of_the_few_is_hidden_too(customers: InMemoryCustomerRepository) -> None:
    await register(customers, {}, {})
    request = ReportRequest(groupings=(Grouping.COUNTRY,))
    (found,) = (await report(customers, request)).sections
    assert (found.groups, found.total) == ([(Countries.OTHERS, Withheld.FEW)], None)


async def test_ages_that_cannot_be_shown_are_not(customers: InMemoryCustomerRepository) -> None:
    ages = [None, 10, 20, 30, 40, 50, 60, 70]
    for number, age in enumerate(ages * 4):
        await customers.add(new_customer(email=f"c{number}@example.ru", age=age))
    (found,) = (await report(customers, ReportRequest(groupings=(Grouping.AGE,)))).sections
    assert (found.groups, found.total) == (None, 32)


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2026, 11, 2), None), (None, date(2026, 11, 28)), (None, date(2026, 10, 30))],
)
async def test_country_and_age_are_of_whole_months(
    customers: InMemoryCustomerRepository, since: date | None, until: date | None
) -> None:
    request = ReportRequest(since=since, until=until)
    found = await report(customers, request)
    assert found.left_out == [Grouping.COUNTRY, Grouping.AGE]
    assert [one.grouping for one in found.sections] == ["day", "week", "month"]
    asked = ReportRequest(groupings=(Grouping.AGE,), since=since, until=until)
    with pytest.raises(NotWholeMonthsError, match="only whole months"):
        await report(customers, asked)


async def test_days_need_no_whole_months(customers: InMemoryCustomerRepository) -> None:
    request = ReportRequest(groupings=(Grouping.DAY,), since=date(2026, 11, 2))
    assert (await report(customers, request)).left_out == ()


async def test_months_of_countries_are_of_utc_whatever_the_zone(
    customers: InMemoryCustomerRepository,
) -> None:
    moments = [datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]
    await register(customers, *[{"registered_at": moment} for moment in moments * 5])
    for zone in (UTC, MOSCOW):
        request = ReportRequest(
            groupings=(Grouping.COUNTRY,), since=date(2026, 11, 1), until=NOW.date(), zone=zone
        )
        (found,) = (await report(customers, request)).sections
        assert found.groups == [("Russia", 5)]


async def test_refusals_are_of_the_same_days_until_now(
    customers: InMemoryCustomerRepository,
) -> None:
    refusals = Refusals()
    found = await report(customers, ReportRequest(zone=MOSCOW), refusals)
    assert found.refused == {"email_taken": 3}
    assert (found.since, found.until) == (date(2026, 11, 1), date(2026, 11, 30))
    assert refusals.asked == (datetime(2026, 10, 31, 21, tzinfo=UTC), NOW)
    await report(customers, ReportRequest(until=date(2026, 11, 27)), refusals)
    assert refusals.asked == (
        datetime(2026, 10, 29, tzinfo=UTC),
        datetime(2026, 11, 28, tzinfo=UTC),
    )


async def test_too_long_a_time_is_refused(customers: InMemoryCustomerRepository) -> None:
    with pytest.raises(TooManyPeriodsError):
        await report(customers, ReportRequest(since=date(1990, 1, 1)))


@pytest.mark.parametrize(
    ("since", "until", "zone", "said"),
    [
        (date(2026, 11, 30), None, UTC, "the first day, 2026-11-30, is after today, 2026-11-29"),
        (date(2030, 1, 1), date(2030, 2, 1), UTC, "is after today"),
        (date(2026, 2, 2), date(2026, 2, 1), UTC, "is after the last day, 2026-02-01"),
        (None, date.max, UTC, "9999-12-31 is too far away: choose days from 1900-01-01 to"),
        (None, date.min, UTC, "0001-01-01 is too far away"),
        (date.min, None, MOSCOW, "0001-01-01 is too far away"),
        (date.min, date.max, MOSCOW, "0001-01-01 is too far away"),
    ],
)
async def test_days_without_a_report_are_refused(
    customers: InMemoryCustomerRepository,
    since: date | None,
    until: date | None,
    zone: tzinfo,
    said: str,
) -> None:
    request = ReportRequest(since=since, until=until, zone=zone)
    with pytest.raises(WrongDaysError, match=said):
        await report(customers, request)


@pytest.mark.parametrize("until", [EARLIEST_DAY, LATEST_DAY])
@pytest.mark.parametrize("hours", [-23, 0, 23])
async def test_outermost_days_are_counted_in_every_zone(
    customers: InMemoryCustomerRepository, until: date, hours: int
) -> None:
    zone = timezone(timedelta(hours=hours))
    found = await report(customers, ReportRequest(until=until, zone=zone), Refusals())
    assert [len(one.groups or ()) for one in found.sections[:3]] == [30, 12, 12]


async def test_today_is_that_of_the_zone(customers: InMemoryCustomerRepository) -> None:
    request = ReportRequest(since=date(2026, 11, 30), zone=MOSCOW)
    assert (await report(customers, request)).since == date(2026, 11, 30)
