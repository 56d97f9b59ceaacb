"""Просьбы и ответы в текстовом виде PostgreSQL: параметры команд и что в ответе сказано."""

from collections.abc import Iterator, Sequence
from itertools import batched
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from psycopg.pq.abc import PGresult

from adapters.postgres.registration.event_branch import EVENT_COLUMNS
from adapters.postgres.registration.registration_request import (
    Found,
    InsertResult,
    RegistrationRequest,
)
from adapters.postgres.registration.statements import CUSTOMER_COLUMNS
from adapters.postgres.text_format import array_literal, cell, moment_of, number
from application.idempotency import KnownKey, fingerprint
from domain.customer import NewCustomer

_CUSTOMER = tuple(
    "compared_email" if column.name == "email" else column.name for column in CUSTOMER_COLUMNS
)
_EVENT = tuple(column.name for column in EVENT_COLUMNS)
_of_customer = itemgetter(*_CUSTOMER)
_of_event = attrgetter(*_EVENT)


def batch_parameters(batch: Sequence[RegistrationRequest]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``insert_batch`` в текстовом виде."""
    customers = [vars(request.customer) for request in batch]
    return [
        *(array_literal([one[name] for one in customers]) for name in _CUSTOMER),
        *(array_literal([getattr(one, name) for one in batch]) for name in _EVENT),
    ]


def lone_parameters(request: RegistrationRequest) -> list[bytes | None]:
    """Перечисляет столбцы одной просьбы: параметры для ``insert_one`` в текстовом виде."""
    return [
        None
        if value is None
        else value.encode()
        if type(value) is str
        else orjson.dumps(value).strip(b'"')  # время он пишет втрое быстрее, чем str
        for value in (*_of_customer(vars(request.customer)), *_of_event(request))
    ]


def keyed_parameters(batch: Sequence[RegistrationRequest], is_first: list[object]) -> list[bytes]:
    """Раскладывает пачку по столбцам: параметры для ``insert_with_keys`` в текстовом виде.

    Args:
        batch: посланные просьбы.
        is_first: о каждой, первая ли она среди повторов.
    """
    given = [(request.key, request.customer) for request in batch]
    fingerprints: list[object] = [
        key and rf"\x{fingerprint(customer).hex()}" for key, customer in given
    ]
    return [
        *batch_parameters(batch),
        array_literal([_given_email(customer) for _, customer in given]),
        array_literal([key and key.value for key, _ in given]),
        array_literal(fingerprints),
        array_literal([key and (key.used_at or customer.registered_at) for key, customer in given]),
        array_literal(is_first),
    ]


def _given_email(customer: NewCustomer) -> str | None:
    """Адрес, каким он дан, если сравнивается не он сам."""
    return None if customer.email == customer.compared_email else customer.email


def found_by_insert_one(result: PGresult, places: Sequence[int]) -> dict[int, InsertResult]:
    """Читает ответ на ``insert_one``: то же, что ``found_by_insert_batch``, об одной просьбе."""
    if not result.ntuples:
        return {}
    stored = result.get_value(0, 1)
    return {places[0]: int(stored) if stored else Found(number(result, 0, 2))}


def found_by_insert_batch(result: PGresult, places: Sequence[int]) -> dict[int, InsertResult]:
    """Читает ответ на ``insert_batch``: что сказано о просьбах, по их местам.

    Args:
        result: ответ; в строках номер посланной просьбы, номера записанного и хозяина.
        places: места посланных просьб.
    """
    found: dict[int, InsertResult] = {}
    for row, (sent, stored) in enumerate(_sent_and_stored(result)):
        # Записан почти каждый: остальное читается, только если нет.
        found[places[sent - 1]] = Found(number(result, row, 2)) if stored is None else stored
    return found


def found_with_keys(result: PGresult, places: Sequence[int]) -> dict[int, InsertResult]:
    """Читает ответ на ``insert_with_keys``: что сказано о просьбах, по их местам."""
    found: dict[int, InsertResult] = {}
    for row, (sent, stored) in enumerate(_sent_and_stored(result)):
        place = places[sent - 1]
        # Записан почти каждый: остальное читается, только если нет.
        if stored is not None:
            found[place] = stored
        else:
            is_same = cell(result, row, 3) == b"t"
            found[place] = Found(number(result, row, 2), is_same, _known_key(result, row))
    return found


def _sent_and_stored(result: PGresult) -> Iterator[tuple[Any, ...]]:
    """Возвращает по строкам номер посланной просьбы и номер записанного; нет его — ``None``.

    Числа разбирает orjson, все сразу: по одному это стоило бы в полтора раза дороже.
    """
    value = result.get_value
    cells = [value(row, column) or b"null" for row in range(result.ntuples) for column in (0, 1)]
    return batched(orjson.loads(b"[%b]" % b",".join(cells)), 2)


def _known_key(result: PGresult, row: int) -> KnownKey | None:
    if not (known_key := cell(result, row, 4)):
        return None
    fields = orjson.loads(known_key)
    used_at = fields["used_at"]
    return KnownKey(
        bytes.fromhex(fields["fingerprint"]),
        fields["customer_id"],
        moment_of(fields["registered_at"]),
        fields["stored"],
        None if used_at is None else moment_of(used_at),
    )
