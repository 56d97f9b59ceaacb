"""Загрузка из Python: любые строки, счёт, отказы, продолжение по имени источника."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from dependency_injector import providers

from adapters.memory import InMemoryCustomerRepository
from domain.errors import BrokenRule
from entrypoints.container import Container
from entrypoints.python import async_import_customers, import_customers
from tests.support.customers import LATER_AT, REGISTERED_AT
from tests.support.recording_repository import RecordingRepository


def rows(count: int) -> Iterator[dict[str, object]]:
    return ({"name": "Ivan", "email": f"i{number}@example.ru"} for number in range(count))


def test_rows_from_anywhere_are_registered_and_counted() -> None:
    given: list[dict[str, object]] = [
        *rows(2),
        {"name": "", "email": "nobody", "age": "33"},
        *rows(1),
    ]
    rejected: list[tuple[int, Sequence[BrokenRule]]] = []
    report = import_customers(
        given,
        on_rejected=lambda row, broken: rejected.append((row, broken)),
        database_url="memory://",
    )
    assert (report.registered, report.already_there, report.refused) == (2, 1, 1)
    assert report.repeated == 1
    assert [(row, [rule.code for rule in broken]) for row, broken in rejected] == [
        (3, ["required", "invalid_email", "not_a_whole_number"])
    ]


@pytest.mark.parametrize(
    ("source", "again"),
    [("shop", (5, 3, 0)), ("clients-\udce9.csv", (5, 3, 0)), (None, (2, 0, 3))],
)
def test_interrupted_import_goes_on_where_its_source_has_a_name(
    container: Container, source: str | None, again: tuple[int, int, int]
) -> None:
    container.customers.override(providers.Object(InMemoryCustomerRepository()))
    assert import_customers(rows(3), source=source, container=container).registered == 3
    container.clock.override(providers.Object(lambda: LATER_AT))
    report = import_customers(rows(5), source=source, container=container)
    assert (report.registered, report.by_earlier_run, report.already_there) == again


def test_customers_keep_the_time_when_they_came_and_the_import_goes_on(
    container: Container,
) -> None:
    customers = RecordingRepository()
    container.customers.override(providers.Object(customers))
    container.clock.override(providers.Object(lambda: LATER_AT))
    given = [{**row, "registered_at": REGISTERED_AT} for row in rows(3)]
    assert import_customers(given[:2], source="shop", container=container).registered == 2
    container.clock.override(providers.Object(lambda: LATER_AT + timedelta(days=1)))
    report = import_customers(given, source="shop", container=container)
    assert (report.registered, report.by_earlier_run) == (3, 2)
    assert {one.registered_at for one in customers.customers} == {REGISTERED_AT}


def test_time_without_a_source_is_stored_and_one_to_come_is_refused(container: Container) -> None:
    container.clock.override(providers.Object(lambda: LATER_AT))
    container.customers.override(providers.Object(InMemoryCustomerRepository()))
    times = (REGISTERED_AT, LATER_AT + timedelta(hours=1))
    given = [{**row, "registered_at": moment} for row, moment in zip(rows(2), times, strict=True)]
    report = import_customers(given, container=container)
    assert (report.registered, report.refused) == (1, 1)
    assert report.reasons == {("registered_at", "in_the_future"): 1}


def test_asynchronous_code_imports_too() -> None:
    report = asyncio.run(async_import_customers(rows(3), database_url="memory://"))
    assert report.registered == 3


def test_field_that_no_customer_has_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="surname"):
        import_customers([{"surname": "Ivanov"}], database_url="memory://")


def test_mended_rows_go_on_where_a_field_was_unknown(container: Container) -> None:
    container.customers.override(providers.Object(InMemoryCustomerRepository()))
    wrong: list[dict[str, object]] = [*rows(2), {"surname": "Ivanov"}]
    with pytest.raises(TypeError, match="surname"):
        import_customers(wrong, source="shop", container=container)
    report = import_customers(rows(3), source="shop", container=container)
    assert (report.registered, report.already_there, report.refused) == (3, 0, 0)
