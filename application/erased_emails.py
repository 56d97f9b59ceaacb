"""Метки стёртых адресов: по ним загрузка узнаёт того, кого просили стереть, а адреса в них нет.

Метка — хеш адреса с солью этой базы данных. Прочесть её нельзя, и с метками другой базы данных не
сличить; но у кого есть и соль, и список адресов, тот узнает, кто из списка стёрт: адресов немного,
и их можно перебрать. Поэтому метку ставят только по выбору.
"""

import asyncio
from abc import abstractmethod
from hashlib import sha256
from typing import Protocol

from attrs import frozen

from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey
from domain.customer import NewCustomer
from domain.events import Source


class EmailErasedError(Exception):
    """Покупателя с этим адресом просили стереть и больше не загружать. Адреса в тексте нет."""

    def __init__(self) -> None:
        super().__init__("the customer was erased")


@frozen
class Tombstones:
    """Метки, какими они были в одно мгновение.

    Attributes:
        salt: соль этой базы данных.
        digests: сами метки.
    """

    salt: bytes = b""
    digests: frozenset[bytes] = frozenset()

    def __contains__(self, email: str) -> bool:
        """Говорит, есть ли метка у адреса, каким он сравнивается."""
        return bool(self.digests) and tombstone(self.salt, email) in self.digests


def tombstone(salt: bytes, email: str) -> bytes:
    """Возвращает метку адреса, каким он сравнивается (``domain.email.compared_email``)."""
    return sha256(salt + email.encode()).digest()


class ErasedEmails(Protocol):
    """Где хранятся метки."""

    @abstractmethod
    async def tombstones(self) -> Tombstones:
        """Возвращает все метки: их столько, скольких стёрли.

        Raises:
            application.customer_repository.RepositoryUnavailableError: сейчас их не узнать.
        """
        ...

    @abstractmethod
    async def is_registered(self, email: str) -> bool:
        """Говорит, есть ли сейчас покупатель с этим адресом: тогда метка его не касается.

        Raises:
            application.customer_repository.RepositoryUnavailableError: сейчас этого не узнать.
        """
        ...


class CustomersButErased(CustomerRepository):
    """Не записывает тех, у кого есть метка, если они с тех пор не зарегистрировались сами."""

    def __init__(self, customers: CustomerRepository, erased: ErasedEmails) -> None:
        """Собирает хранилище; метки оно прочтёт однажды, когда они понадобятся.

        Args:
            customers: куда записывать.
            erased: где метки.
        """
        self._customers = customers
        self._erased = erased
        self._known: Tombstones | None = None
        self._reading = asyncio.Lock()

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает покупателя.

        Raises:
            EmailErasedError: его просили стереть; не записано ничего.
            application.customer_repository.RepositoryUnavailableError: записать или узнать о нём не
                удалось.
        """
        known = self._known or await self._read()
        email = customer.compared_email
        if email in known and not await self._erased.is_registered(email):
            raise EmailErasedError
        return await self._customers.add(customer, key, source)

    async def _read(self) -> Tombstones:
        async with self._reading:
            if self._known is None:
                self._known = await self._erased.tombstones()
        return self._known
