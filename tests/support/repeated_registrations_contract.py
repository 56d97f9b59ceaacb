"""Договор порта ``RepeatedRegistrations``: тому, кто просил, и не чаще, чем велено."""

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest

from application.customer_repository import CustomerRepository
from application.repeated_registrations import CLOCKS_DIFFER, RepeatedRegistrations
from domain.events import CUSTOMER_REGISTERED, REGISTRATION_REPEATED
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.told_events_contract import ToldEvents

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
AT = REGISTERED_AT + DAY


class Repository(CustomerRepository, RepeatedRegistrations, Protocol):
    """Хранилище, которое оставляет и события о повторных регистрациях."""


@pytest.mark.anyio
class RepeatedRegistrationsContract:
    """Фикстуры ``customers`` с пустым хранилищем и ``events`` даёт модуль наследника."""

    async def test_those_who_asked_are_told_whom_and_when(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        events.subscribe("crm", [CUSTOMER_REGISTERED])
        events.subscribe("letters", [REGISTRATION_REPEATED])
        events.subscribe("warehouse")
        await customers.add(new_customer())
        await customers.tell_repeated(1, AT, AT - DAY)
        assert events.repeated() == [("letters", 1, AT), ("warehouse", 1, AT)]

    async def test_customer_is_told_of_once_in_the_set_time(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        events.subscribe("letters")
        for email in ("one@example.ru", "two@example.ru"):
            await customers.add(new_customer(email=email))
        await customers.tell_repeated(1, AT, AT - DAY)
        soon = AT + DAY - MOMENT
        await customers.tell_repeated(1, soon, soon - DAY)
        await customers.tell_repeated(2, soon, soon - DAY)
        assert events.repeated() == [("letters", 1, AT), ("letters", 2, soon)]
        later = AT + DAY
        await customers.tell_repeated(1, later, later - DAY)
        told = [at for _, customer_id, at in events.repeated() if customer_id == 1]
        assert sorted(told) == [AT, later]

    async def test_told_by_a_clock_that_was_set_back_since_is_no_reason_for_silence(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        events.subscribe("letters")
        await customers.add(new_customer())
        await customers.tell_repeated(1, AT, AT - DAY)
        elsewhere = AT - CLOCKS_DIFFER  # часы другой машины отстают
        await customers.tell_repeated(1, elsewhere, elsewhere - DAY)
        assert events.repeated() == [("letters", 1, AT)]
        back = AT - DAY
        for at in (back, back + MOMENT):
            await customers.tell_repeated(1, at, at - DAY)
        assert sorted(at for _, _, at in events.repeated()) == [back, AT]

    async def test_repeats_at_once_are_told_of_once_each(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        events.subscribe("letters")
        for number in range(1, 4):
            await customers.add(new_customer(email=f"{number}@example.ru"))
        calls = [
            customers.tell_repeated(customer_id, AT, AT - DAY)
            for customer_id in (3, 1, None, 2, 1, 3, 3)
        ]
        await asyncio.gather(*calls)
        assert events.repeated() == [("letters", number, AT) for number in (1, 2, 3)]

    async def test_nobody_is_told_of_nobody(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        events.subscribe("letters")
        await customers.tell_repeated(None, AT, AT - DAY)
        await customers.tell_repeated(7, AT, AT - DAY)
        assert events.repeated() == []

    async def test_without_subscribers_nothing_is_left_for_those_who_come_later(
        self, customers: Repository, events: ToldEvents
    ) -> None:
        await customers.add(new_customer())
        await customers.tell_repeated(1, AT, AT - DAY)
        events.subscribe("letters")
        assert events.repeated() == []
