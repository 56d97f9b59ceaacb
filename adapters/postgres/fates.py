"""Судьбы просьб одной пачки: что ответил сервер и что это значит для каждой."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from attrs import field, frozen
from psycopg.pq.abc import PGresult

from adapters.postgres.registration_request import RegistrationRequest
from adapters.postgres.statements import cell
from application.customer_repository import Registration
from application.idempotency import IdempotencyKeyReusedError, fingerprint
from domain.customer import Customer, NewCustomer
from domain.errors import EmailAlreadyRegisteredError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Outcome = Registration | Exception


class KnownKey(NamedTuple):
    """Чей это ключ: отпечаток данных, номер покупателя и время его записи."""

    fingerprint: bytes
    customer_id: int
    registered_at: datetime


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
            kind, name, number, is_same, print_, moment = (
                cell(result, row, column).decode() for column in range(result.nfields)
            )
            match kind:
                case "key":
                    registered_at = _EPOCH + timedelta(microseconds=int(moment))
                    fates.keys[name] = KnownKey(bytes.fromhex(print_), int(number), registered_at)
                case "owner":
                    fates.owners[int(name) - 1] = Owner(int(number), is_same == "t")
                case "stored":
                    fates.stored[name] = int(number)
        return fates

    def outcomes(
        self, batch: Sequence[RegistrationRequest], first: Sequence[bool], *, is_repeat: bool
    ) -> Iterator[Outcome | None]:
        """Перечисляет исходы пачки в её порядке; ``None`` — судьбу решит следующая команда.

        Не решена она у проигравшего гонку, чьего победителя эта команда ещё не видела, и у
        повтора того, кто сам не записан.

        Args:
            batch: посланная пачка.
            first: кто в ней первый среди повторов.
            is_repeat: её уже посылали, и что-то из неё могло записаться тогда.
        """
        keys = dict(self.keys)
        for place, (request, is_first) in enumerate(zip(batch, first, strict=True)):
            customer, key = request
            if is_first and customer.email in self.stored:
                stored = Customer.of(customer, id=self.stored[customer.email])
                if key is not None:
                    keys[key.value] = KnownKey(
                        fingerprint(customer), stored.id, stored.registered_at
                    )
                yield Registration(stored)
            elif key is not None and key.value in keys:
                yield _by_key(customer, keys[key.value])
            elif owner := self.owners.get(place):
                is_own = is_repeat and key is None and owner.is_same
                yield (
                    Registration(Customer.of(customer, id=owner.customer_id))
                    if is_own
                    else EmailAlreadyRegisteredError(customer.email)
                )
            elif customer.email in self.stored:
                yield EmailAlreadyRegisteredError(customer.email)
            else:
                yield None


def _by_key(customer: NewCustomer, known: KnownKey) -> Outcome:
    if known.fingerprint != fingerprint(customer):
        return IdempotencyKeyReusedError()
    first = Customer.of(customer, id=known.customer_id, registered_at=known.registered_at)
    # Время совпало до микросекунды: это не повтор, а сама первая просьба, о чьём исходе сервер
    # не сказал сразу.
    return Registration(first, is_replay=known.registered_at != customer.registered_at)
