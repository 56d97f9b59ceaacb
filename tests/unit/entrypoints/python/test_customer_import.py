"""Загрузка из Python: любые строки, счёт, отказы, продолжение по имени источника."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from dependency_injector import providers

from adapters.memory import InMemoryCustomerRepository
from domain.errors import BrokenRule
from entrypoints.container import Container
from entrypoints.python import async_import_customers, import_customers
from tests.support.customers import LATER_AT


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


@pytest.mark.parametrize(("source", "again"), [("shop", (5, 3, 0)), (None, (2, 0, 3))])
def test_interrupted_import_goes_on_where_its_source_has_a_name(
    container: Container, source: str | None, again: tuple[int, int, int]
) -> None:
    container.customers.override(providers.Object(InMemoryCustomerRepository()))
    assert import_customers(rows(3), source=source, container=container).registered == 3
    container.clock.override(providers.Object(lambda: LATER_AT))
    report = import_customers(rows(5), source=source, container=container)
    assert (report.registered, report.by_earlier_run, report.already_there) == again


def test_asynchronous_code_imports_too() -> None:
    report = asyncio.run(async_import_customers(rows(3), database_url="memory://"))
    assert report.registered == 3


def test_field_that_no_customer_has_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="surname"):
        import_customers([{"surname": "Ivanov"}], database_url="memory://")
