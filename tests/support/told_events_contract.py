"""Договор порта ``CustomerRepository`` о событиях: с покупателем или никак, каждому по одному."""

import asyncio
from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import pytest

from application.customer_repository import CustomerRepository
from application.idempotency import IdempotencyKey
from domain.errors import EmailAlreadyRegisteredError
from domain.events import EVENT_TYPES, REGISTRATION_REPEATED, Source
from tests.support.customers import LATER_AT, new_customer

KEY = IdempotencyKey("9b2f6a1e-7c1d-4b5e-8f0a-2d3c4b5a6978")


class ToldEvents(Protocol):
    """Что записано для подписчиков."""

    @abstractmethod
    def subscribe(self, name: str, types: Collection[str] = EVENT_TYPES) -> None:
        """Заводит подписчика."""
        ...

    @abstractmethod
    def told(self) -> list[tuple[str, int, Source]]:
        """Кому, о каком покупателе и откуда новость; в порядке подписчиков и номеров."""
        ...

    @abstractmethod
    def repeated(self) -> list[tuple[str, int, datetime]]:
        """То же о повторных регистрациях: кому, о ком и когда просили."""
        ...


@pytest.mark.anyio
class ToldEventsContract:
    """Фикстуры ``customers`` с пустым хранилищем и ``events`` даёт модуль наследника."""

    async def test_without_subscribers_nothing_is_written(
        self, customers: CustomerRepository, events: ToldEvents
    ) -> None:
        await customers.add(new_customer())
        await customers.add(new_customer(email="pyotr@example.ru"), KEY)
        events.subscribe("crm")
        assert events.told() == []

    async def test_subscriber_to_other_events_is_told_of_no_customer(
        self, customers: CustomerRepository, events: ToldEvents
    ) -> None:
        events.subscribe("letters", [REGISTRATION_REPEATED])
        await customers.add(new_customer())
        await customers.add(new_customer(email="pyotr@example.ru"), KEY)
        assert events.told() == []

    async def test_every_subscriber_is_told_of_every_customer(
        self, customers: CustomerRepository, events: ToldEvents
    ) -> None:
        for name in ("crm", "letters"):
            events.subscribe(name)
        await asyncio.gather(
            customers.add(new_customer(email="one@example.ru")),
            customers.add(new_customer(email="two@example.ru"), KEY),
            customers.add(new_customer(email="three@example.ru")),
        )
        await customers.add(new_customer(email="four@example.ru"))
        assert events.told() == [
            (name, customer_id, Source.REGISTRATION)
            for name in ("crm", "letters")
            for customer_id in (1, 2, 3, 4)
        ]

    async def test_refused_customer_is_told_to_nobody(
        self, customers: CustomerRepository, events: ToldEvents
    ) -> None:
        events.subscribe("crm")
        await asyncio.gather(
            *(customers.add(new_customer()) for _ in range(3)), return_exceptions=True
        )
        with pytest.raises(EmailAlreadyRegisteredError):
            await customers.add(new_customer(), KEY)
        assert events.told() == [("crm", 1, Source.REGISTRATION)]

    async def test_replay_is_told_to_nobody_again(
        self, customers: CustomerRepository, events: ToldEvents
    ) -> None:
        events.subscribe("crm")
        await asyncio.gather(*(customers.add(new_customer(), KEY) for _ in range(3)))
        await customers.add(new_customer(registered_at=LATER_AT), KEY)
        assert events.told() == [("crm", 1, Source.REGISTRATION)]

    @pytest.mark.parametrize("key", [None, KEY], ids=["plain", "keyed"])
    async def test_customer_whose_source_is_not_to_be_told_is_told_to_nobody(
        self, customers: CustomerRepository, events: ToldEvents, key: IdempotencyKey | None
    ) -> None:
        events.subscribe("crm")
        await asyncio.gather(
            customers.add(new_customer(email="a@example.ru"), key, None),
            customers.add(new_customer(email="b@example.ru"), None, Source.IMPORT),
        )
        await customers.add(new_customer(email="c@example.ru"), None, None)
        await customers.add(new_customer(email="d@example.ru"), None, Source.IMPORT)
        assert events.told() == [("crm", 2, Source.IMPORT), ("crm", 4, Source.IMPORT)]
