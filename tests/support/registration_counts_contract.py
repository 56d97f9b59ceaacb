"""Договор порта ``RegistrationCounts``: одни и те же тесты на каждом адаптере."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.customer_repository import CustomerRepository
from application.registration_counts import CountRequest, Counts, RegistrationCounts
from tests.support.customers import new_customer

NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def register(customers: CustomerRepository, *given: dict[str, Any]) -> None:
    for place, one in enumerate(given):
        await customers.add(new_customer(email=f"c{place}@example.ru", **one))


@pytest.mark.anyio
class RegistrationCountsContract:
    """Фикстуры ``customers`` и ``counts`` над одним хранилищем даёт наследник."""

    async def test_nothing_is_counted_unasked(self, counts: RegistrationCounts) -> None:
        assert await counts.count(CountRequest()) == Counts()

    async def test_of_nobody_there_are_noughts(self, counts: RegistrationCounts) -> None:
        borders = (NOON, NOON + HOUR, NOON + 2 * HOUR)
        asked = CountRequest(borders=borders, fewest=5, most=9, ages=(18, 65))
        assert await counts.count(asked) == Counts(
            borders=borders, between=(0, 0), countries={}, all_countries=0, ages=(0, 0, 0, 0)
        )

    async def test_border_belongs_to_what_it_begins(
        self, customers: CustomerRepository, counts: RegistrationCounts
    ) -> None:
        tick = timedelta(microseconds=1)
        times = [NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR, NOON + 3 * HOUR]
        await register(customers, *({"registered_at": time} for time in times))
        borders = tuple(NOON + hours * HOUR for hours in range(4))
        found = await counts.count(CountRequest(borders=borders))
        assert found.between == (2, 1, 0)
        assert found.from_to(borders[0], borders[2]) == 3

    async def test_small_countries_have_no_name_but_count(
        self, customers: CustomerRepository, counts: RegistrationCounts
    ) -> None:
        names = ["Чили"] * 3 + ["Россия"] * 2 + [None] * 2 + ["Куба"]
        await register(customers, *({"country": name} for name in names))
        found = await counts.count(CountRequest(fewest=2, most=9))
        assert found.countries == {"Чили": 3, "Россия": 2, None: 2}
        assert found.all_countries == 8
        largest = await counts.count(CountRequest(fewest=2, most=1))
        assert (largest.countries, largest.all_countries) == ({"Чили": 3}, 8)

    async def test_age_groups_begin_with_their_age(
        self, customers: CustomerRepository, counts: RegistrationCounts
    ) -> None:
        ages = [0, 17, 18, 64, 65, 150, None]
        await register(customers, *({"age": age} for age in ages))
        found = await counts.count(CountRequest(ages=(18, 65)))
        assert found.ages == (2, 2, 2, 1)

    async def test_country_and_age_are_of_the_time_asked(
        self, customers: CustomerRepository, counts: RegistrationCounts
    ) -> None:
        times = [NOON - HOUR, NOON, NOON + HOUR]
        await register(customers, *({"registered_at": time} for time in times))
        asked = CountRequest(since=NOON, until=NOON + HOUR, fewest=1, most=9, ages=(18,))
        found = await counts.count(asked)
        assert (found.countries, found.ages) == ({"Russia": 1}, (0, 1, 0))
