"""Хранилище в памяти: те же правила без базы данных, для тестов и примеров."""

from adapters.memory_events import InMemoryEvents
from application.customer_repository import CustomerRepository, Registration
from application.idempotency import IdempotencyKey, KnownKey, fingerprint
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError
from domain.events import Source


class InMemoryCustomerRepository(CustomerRepository):
    """Хранит покупателей, пока жив процесс.

    Между проверкой и записью нет ``await``, поэтому в одном цикле событий гонки нет.
    """

    def __init__(self, events: InMemoryEvents | None = None) -> None:
        self._by_email: dict[str, Customer] = {}
        self._by_key: dict[IdempotencyKey, KnownKey] = {}
        self._events = events or InMemoryEvents()

    async def add(
        self,
        customer: NewCustomer,
        key: IdempotencyKey | None = None,
        source: Source | None = Source.REGISTRATION,
    ) -> Registration:
        """Записывает нового покупателя и событие о нём; номера идут подряд с единицы."""
        if key is not None and key in self._by_key:
            known = self._by_key[key]
            return Registration(
                known.replay(customer, key), is_replay=True, used_at=known.first_used_at
            )
        if owner := self._by_email.get(customer.email):
            raise EmailAlreadyRegisteredError(customer.email, owner.id)
        stored = Customer.of(customer, id=len(self._by_email) + 1)
        self._by_email[stored.email] = stored
        if key is not None:
            self._by_key[key] = KnownKey(
                fingerprint(customer), stored.id, stored.registered_at, used_at=key.used_at
            )
        if source is not None:
            self._events.tell(stored, source)
        return Registration(stored)
