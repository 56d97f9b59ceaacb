"""Открытые имена сервиса; берут их из самого пакета: ``from crm_api import registration``."""

from adapters.memory import InMemoryCustomerRepository
from adapters.postgres.registration.database_refusals import UnexpectedDatabaseError
from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryUnavailableError,
)
from application.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InvalidIdempotencyKeyError,
)
from application.import_report import ImportReport
from domain.customer import Customer, NewCustomer
from domain.errors import (
    BrokenRule,
    DomainError,
    EmailAlreadyRegisteredError,
    InvalidCustomerError,
)
from domain.events import Source
from entrypoints.container import Container
from entrypoints.database_container import STARTUP_ERRORS
from entrypoints.python import (
    AsyncRegister,
    CustomerFields,
    Register,
    async_import_customers,
    async_registration,
    import_customers,
    registration,
)
from entrypoints.settings import SettingsError

__all__ = [
    "STARTUP_ERRORS",
    "AsyncRegister",
    "BrokenRule",
    "Container",
    "Customer",
    "CustomerFields",
    "CustomerRepository",
    "DomainError",
    "EmailAlreadyRegisteredError",
    "IdempotencyKey",
    "IdempotencyKeyReusedError",
    "ImportReport",
    "InMemoryCustomerRepository",
    "InvalidCustomerError",
    "InvalidIdempotencyKeyError",
    "NewCustomer",
    "Register",
    "Registration",
    "RepositoryUnavailableError",
    "SettingsError",
    "Source",
    "UnexpectedDatabaseError",
    "async_import_customers",
    "async_registration",
    "import_customers",
    "registration",
]
