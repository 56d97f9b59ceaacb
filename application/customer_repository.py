"""Порт хранилища покупателей и его ошибки."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import define, field

from application.idempotency import IdempotencyKey
from domain.customer import Customer, NewCustomer
from domain.events import Source


@define
class Registration:
    """Исход удачной регистрации.

    Attributes:
        customer: записанный покупатель.
        is_replay: записан раньше, просьбой с тем же ключом и теми же данными.
        used_at: когда исполнена та просьба; UTC. Без повтора — ``None``. На равенство не влияет.
    """

    customer: Customer
    is_replay: bool = False
    used_at: datetime | None = field(default=None, eq=False)


type CustomerAndKey = tuple[NewCustomer, IdempotencyKey | None]
"""Кого записать и чем узнать повтор той же просьбы, если есть чем."""

type Outcome = Registration | Exception
"""Чем кончилась просьба: удачей или ошибкой, какую бросил бы ``CustomerRepository.add``."""


class RepositoryUnavailableError(Exception):
    """Хранилище сейчас не может записать покупателя или не знает, записало ли.

    Повторить позже безопасно: дважды один адрес не запишется, а повтор с тем же ключом узнает
    исход первой попытки. Личных данных в тексте нет.
    """


class RepositoryOverloadedError(RepositoryUnavailableError):
    """Ждущих столько, сколько хранилище может держать: этот вызов не принят, ничего не записано."""


class CustomerBatches(Protocol):
    """Хранилище, которому покупателей дают помногу."""

    @abstractmethod
    async def add_all(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        """Записывает покупателей по порядку и возвращает исходы на тех же местах.

        Пока исход просьбы неизвестен, поздняя с тем же адресом её не обгонит: неизвестен и он.

        Args:
            customers: кого записать; остальное — как у ``CustomerRepository.add``.
            source: откуда новости; ``None`` — подписчикам о них не сообщать.

        Raises:
            RepositoryUnavailableError: не записан никто, или неизвестно, кто.
        """
        ...


class CustomerRepository(CustomerBatches, Protocol):
    """Хранилище, в котором у каждого адреса не больше одного покупателя.

    Адреса сравниваются по ``NewCustomer.compared_email``, а хранится и отдаётся ``email``.
    """

    @abstractmethod
    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает нового покупателя надёжно и даёт ему номер.

        Единственность адреса и ключа проверяет само хранилище, а не чтение перед записью: из
        одновременных вызовов с одним адресом удаётся ровно один, а с одним ключом второй ждёт
        первого. Ключ запоминается вместе с покупателем; отказ не запоминается. Так же, вместе или
        никак, запоминается событие для каждого подписчика.

        Args:
            customer: кого записать.
            key: узнаёт повтор той же просьбы; без ключа каждый вызов — новая просьба.
            source: откуда пришла новость; ``None`` — подписчикам её не сообщать.

        Raises:
            application.idempotency.IdempotencyKeyReusedError: ключ занят другими данными.
            domain.errors.EmailAlreadyRegisteredError: адрес занят; номер не потрачен.
            RepositoryOverloadedError: вызов не принят.
            RepositoryUnavailableError: записать не удалось или исход неизвестен.
        """
        ...

    async def add_all(
        self, customers: Sequence[CustomerAndKey], source: Source | None
    ) -> Sequence[Outcome]:
        """Записывает покупателей по одному; кто умеет вместе, тот умеет и быстрее."""
        outcomes: list[Outcome] = []
        for customer, key in customers:
            try:
                outcomes.append(await self.add(customer, key, source))
            except RepositoryUnavailableError as error:
                # Остальных не посылает: адрес может быть тем же.
                return outcomes + [error] * (len(customers) - len(outcomes))
            except Exception as error:  # noqa: BLE001 — чужая ошибка соседям не достаётся
                outcomes.append(error)
        return outcomes

    async def ensure_ready(self) -> None:
        """Возвращается, если хранилище может записать покупателя; само по себе может всегда.

        Raises:
            RepositoryUnavailableError: сейчас не может.
        """
        return  # не абстрактный: хранилищу в памяти проверять нечего
