"""Метки стёртых адресов: по ним загрузка узнаёт того, кого просили стереть, а адреса в них нет.

Метка — хеш адреса с солью этой базы данных. Прочесть её нельзя, и с метками другой базы данных не
сличить; но у кого есть и соль, и список адресов, тот узнает, кто из списка стёрт: адресов немного,
и их можно перебрать. Поэтому метку ставят только по выбору.
"""

from abc import abstractmethod
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from attrs import frozen

from application.customer_repository import CustomerAndKey, CustomerBatches, Outcome
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


class CustomersButErased(CustomerBatches):
    """Не записывает тех, у кого есть метка, если они с тех пор не зарегистрировались сами."""

    def __init__(self, customers: CustomerBatches, erased: ErasedEmails) -> None:
        """Собирает хранилище; метки оно прочтёт однажды, когда они понадобятся.

        Args:
            customers: куда записывать.
            erased: где метки.
        """
        self._customers = customers
        self._erased = erased
        self._known: Tombstones | None = None

    async def add_all(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        """Записывает покупателей; исход того, кого просили стереть, — ``EmailErasedError``.

        Raises:
            application.customer_repository.RepositoryUnavailableError: записать или узнать о
                стёртых не удалось.
        """
        if self._known is None:
            self._known = await self._erased.tombstones()
        erased = [
            new.compared_email in self._known
            and not await self._erased.is_registered(new.compared_email)
            for new, _ in customers
        ]
        kept = [one for one, is_erased in zip(customers, erased, strict=True) if not is_erased]
        outcomes = iter(await self._customers.add_all(kept, source))
        return [EmailErasedError() if is_erased else next(outcomes) for is_erased in erased]
