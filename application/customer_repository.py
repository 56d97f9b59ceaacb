"""Порт хранилища покупателей и его ошибки."""

from abc import abstractmethod
from typing import Protocol

from domain.customer import Customer, NewCustomer


class RepositoryUnavailableError(Exception):
    """Хранилище сейчас не может записать покупателя или не знает, записало ли.

    Повторить позже безопасно: дважды один адрес не запишется. Личных данных в тексте нет.
    """


class CustomerRepository(Protocol):
    """Хранилище, в котором у каждого адреса не больше одного покупателя."""

    @abstractmethod
    async def add(self, customer: NewCustomer) -> Customer:
        """Записывает нового покупателя надёжно и даёт ему номер.

        Единственность адреса проверяет само хранилище, а не чтение перед записью:
        из одновременных вызовов с одним адресом удаётся ровно один.

        Raises:
            domain.errors.EmailAlreadyRegisteredError: адрес занят; номер не потрачен.
            RepositoryUnavailableError: записать не удалось или исход неизвестен.
        """
        ...

    async def ensure_ready(self) -> None:
        """Возвращается, если хранилище может записать покупателя; само по себе может всегда.

        Raises:
            RepositoryUnavailableError: сейчас не может.
        """
        return  # не абстрактный: хранилищу без внешнего мира добавить нечего
