"""Хранилища, которые не записывают, и приложение с таким хранилищем."""

from datetime import datetime

from dependency_injector import providers
from starlette.testclient import TestClient

from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import RepositoryUnavailableError
from domain.customer import NewCustomer
from entrypoints.container import Container
from tests.support.intercepted_customers import InterceptedCustomers


class FailingRepository(InterceptedCustomers):
    """Хранилище, которое не записывает, а бросает заданную ошибку."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def before(self, customer: NewCustomer) -> NewCustomer:
        del customer
        raise self._error


class RepeatsAway(InMemoryCustomerRepository):
    """Хранилище, которое событий о повторных регистрациях сейчас не оставит."""

    async def tell_repeated(self, customer_id: int | None, at: datetime, since: datetime) -> None:
        del customer_id, at, since
        raise RepositoryUnavailableError("away")


class UnreadyRepository(InMemoryCustomerRepository):
    """Хранилище, которое сейчас не запишет."""

    async def ensure_ready(self) -> None:
        raise RepositoryUnavailableError("connection to 10.0.0.5 failed")


def failing_client(container: Container, error: Exception) -> TestClient:
    """Даёт клиента приложения, хранилище которого бросает ``error``."""
    container.customers.override(providers.Object(FailingRepository(error)))
    return TestClient(container.app())
