"""Судьбы просьб одной пачки: что ответил сервер и что это значит для каждой."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

import orjson
from attrs import define, field, frozen
from psycopg.pq.abc import PGresult

from adapters.postgres.registration.request import RegistrationRequest
from adapters.postgres.registration.statements import cell
from application.customer_repository import Registration
from application.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReusedError,
    KnownKey,
    fingerprint,
)
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Outcome = Registration | Exception


class Owner(NamedTuple):
    """Хозяин адреса из просьбы: его номер и совпадает ли он с ней до последнего поля и времени."""

    customer_id: int
    is_same: bool


@frozen
class Fates:
    """Ответ на ``SETTLE_BATCH``.

    Attributes:
        keys: ключи, известные до неё.
        owners: хозяева адресов, занятых до неё, по местам просьб в пачке, с нуля.
        stored: номера записанных ею, по адресам.
    """

    keys: dict[str, KnownKey] = field(factory=dict)
    owners: dict[int, Owner] = field(factory=dict)
    stored: dict[str, int] = field(factory=dict)

    @classmethod
    def of(cls, result: PGresult) -> Self:
        """Читает ответ сервера."""
        fates = cls()
        for row in range(result.ntuples):
            name, number = cell(result, row, 1).decode(), int(cell(result, row, 2))
            match cell(result, row, 0):
                case b"key":
                    print_ = bytes.fromhex(cell(result, row, 4).decode())
                    registered_at = _EPOCH + timedelta(microseconds=int(cell(result, row, 5)))
                    stored = cell(result, row, 6)
                    fields = orjson.loads(stored) if stored else None
                    fates.keys[name] = KnownKey(print_, number, registered_at, fields)
                case b"owner":
                    fates.owners[int(name) - 1] = Owner(number, cell(result, row, 3) == b"t")
                case b"stored":
                    fates.stored[name] = number
        return fates


@define
class Verdicts:
    """Что судьбы значат для просьб пачки; просьбы называют в порядке прихода.

    Attributes:
        fates: ответ сервера на пачку.
        is_repeat: пачку уже посылали, и что-то из неё могло записаться тогда.
    """

    fates: Fates
    is_repeat: bool
    _stored_with: dict[str, Customer] = field(factory=dict)
    _recognised: set[int] = field(factory=set)
    _undecided: set[str | IdempotencyKey] = field(factory=set)

    def outcome(
        self, place: int, request: RegistrationRequest, *, is_first: bool
    ) -> Outcome | None:
        """Возвращает исход просьбы; ``None`` — судьбу решит следующая команда.

        Не решена она у проигравшего гонку, чьего победителя эта команда ещё не видела, у повтора
        того, кто сам не записан, и у всех, кто пришёл после них с тем же адресом или ключом.

        Args:
            place: место просьбы в пачке, с нуля.
            request: просьба.
            is_first: первая ли она среди повторов.
        """
        outcome = self._decided(place, request, is_first=is_first)
        is_after_undecided = self._undecided and not self._undecided.isdisjoint(request.names())
        if outcome is None or is_after_undecided:
            self._undecided |= request.names()
            return None
        return outcome

    def _decided(
        self, place: int, request: RegistrationRequest, *, is_first: bool
    ) -> Outcome | None:
        customer, key = request
        if is_first and customer.email in self.fates.stored:
            return self._stored(customer, key)
        if key and (known := self._known(key.value)):
            return self._by_key(customer, known)
        if owner := self.fates.owners.get(place):
            return self._by_owner(customer, owner, has_key=key is not None)
        if customer.email in self.fates.stored:
            return EmailAlreadyRegisteredError(customer.email)
        return None

    def _stored(self, new: NewCustomer, key: IdempotencyKey | None) -> Outcome:
        customer = Customer.of(new, id=self.fates.stored[new.email])
        self._recognised.add(customer.id)
        if key is not None:
            self._stored_with[key.value] = customer
        return Registration(customer)

    def _known(self, key: str) -> KnownKey | None:
        if stored := self._stored_with.get(key):
            return KnownKey(fingerprint(stored), stored.id, stored.registered_at)
        return self.fates.keys.get(key)

    def _by_key(self, new: NewCustomer, known: KnownKey) -> Outcome:
        try:
            first = known.replay(new)
        except IdempotencyKeyReusedError as error:
            return error
        is_own = known.registered_at == new.registered_at and self._recognise(known.customer_id)
        return Registration(first, is_replay=not is_own)

    def _by_owner(self, new: NewCustomer, owner: Owner, *, has_key: bool) -> Outcome:
        # С ключом себя узнают по ключу: раз он не известен, хозяин — кто-то другой.
        if owner.is_same and not has_key and self._recognise(owner.customer_id):
            return Registration(Customer.of(new, id=owner.customer_id))
        return EmailAlreadyRegisteredError(new.email)

    def _recognise(self, customer_id: int) -> bool:
        """Признаёт записанное раньше записанным ради этой просьбы, если это не повтор другой."""
        if not self.is_repeat or customer_id in self._recognised:
            return False
        self._recognised.add(customer_id)
        return True
