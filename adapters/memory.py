"""Хранилище в памяти: те же правила без базы данных, для тестов и примеров."""

from datetime import datetime

from adapters.memory_counts import counted
from adapters.memory_events import InMemoryEvents
from application.customer_records import CustomerRecord, CustomerRecords, Erasure
from application.customer_repository import CustomerRepository, Registration
from application.erased_emails import ErasedEmails, Tombstones, tombstone
from application.idempotency import IdempotencyKey, KnownKey
from application.registration_counts import CountRequest, Counts, RegistrationCounts
from application.repeated_registrations import RepeatedRegistrations
from domain.customer import RULES, Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError
from domain.events import Source

_SALT = b"memory"  # память одного процесса ни с чем не сличат


class InMemoryCustomerRepository(
    CustomerRepository, RepeatedRegistrations, CustomerRecords, ErasedEmails, RegistrationCounts
):
    """Хранит покупателей, пока жив процесс.

    Между проверкой и записью нет ``await``, поэтому в одном цикле событий гонки нет.
    """

    def __init__(self, events: InMemoryEvents | None = None) -> None:
        self._by_email: dict[str, Customer] = {}
        self._by_id: dict[int, Customer] = {}
        self._by_key: dict[IdempotencyKey, KnownKey] = {}
        self._events = events or InMemoryEvents()
        self._digests: set[bytes] = set()
        self._last_id = 0

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
        if owner := self._by_email.get(customer.compared_email):
            raise EmailAlreadyRegisteredError(customer.email, owner.id)
        self._last_id += 1
        stored = Customer.of(customer, id=self._last_id)
        self._by_email[stored.compared_email] = self._by_id[stored.id] = stored
        if key is not None:
            self._by_key[key] = KnownKey.of(stored, key)
        if source is not None:
            self._events.tell(stored, source)
        return Registration(stored)

    async def tell_repeated(self, customer_id: int | None, at: datetime, since: datetime) -> None:
        """Запоминает событие о повторной регистрации."""
        if customer_id is not None and (customer := self._by_id.get(customer_id)):
            self._events.tell_repeated(customer, at, since)

    async def find(self, who: int | str) -> CustomerRecord | None:
        """Находит покупателя и считает его ключи и события."""
        for email, one in self._by_email.items():
            if who in {one.id, email}:
                fields = {name: getattr(one, name) for name in RULES}
                keys, events = len(self._keys_of(one.id)), self._events.count(one.id)
                return CustomerRecord(one.id, fields, one.registered_at, keys, events)
        return None

    async def erase(self, customer_id: int, *, leaves_tombstone: bool) -> Erasure | None:
        """Забывает покупателя, его ключи и события."""
        if (found := await self.find(customer_id)) is None:
            return None
        email = self._by_id.pop(customer_id).compared_email
        del self._by_email[email]
        self._digests.discard(tombstone(_SALT, email))
        if leaves_tombstone:
            self._digests.add(tombstone(_SALT, email))
        for key in self._keys_of(customer_id):
            del self._by_key[key]
        self._events.forget(customer_id)
        return Erasure(customer_id, found.keys, found.events)

    async def tombstones(self) -> Tombstones:
        """Возвращает метки."""
        return Tombstones(_SALT, frozenset(self._digests))

    async def is_registered(self, email: str) -> bool:
        """Говорит, есть ли сейчас покупатель с этим адресом."""
        return email in self._by_email

    async def count(self, request: CountRequest) -> Counts:
        """Считает всех, кого помнит."""
        return counted(list(self._by_email.values()), request)

    def _keys_of(self, customer_id: int) -> list[IdempotencyKey]:
        return [key for key, known in self._by_key.items() if known.customer_id == customer_id]
