"""Загрузка из Python: строки откуда угодно, лишь бы их можно было перебрать."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

import uvloop
from attrs import define, field

from application.customer_rows import CustomerRow, CustomerRows, RejectedRows
from application.import_report import ImportReport
from application.register_customer import RegisterCustomerCommand
from domain.errors import BrokenRule
from entrypoints.container import Container
from entrypoints.python.asynchronous import opened_use_cases

type OnRejected = Callable[[int, Sequence[BrokenRule]], None]
"""Узнаёт номер отклонённой строки, с единицы, и все нарушенные правила."""


async def async_import_customers(  # noqa: PLR0913 — все по имени
    rows: Iterable[Mapping[str, Any]],
    *,
    source: str | None = None,
    on_rejected: OnRejected | None = None,
    tells_subscribers: bool = False,
    database_url: str | None = None,
    container: Container | None = None,
) -> ImportReport:
    """Регистрирует покупателей по порядку строк и возвращает счёт исходов.

    Прерванную загрузку продолжает та же: с тем же ``source`` и теми же строками в том же порядке.

    Args:
        rows: строки; ключи — поля ``CustomerFields``; у ``registered_at`` есть пояс, и оно прошло.
        source: имя источника, одно на все повторы загрузки; без него продолжить её нельзя.
        on_rejected: узнаёт об отклонённых строках.
        tells_subscribers: сообщать ли о загруженных подписчикам.
        database_url: как у ``async_registration``.
        container: как у ``async_registration``.

    Raises:
        application.customer_repository.RepositoryUnavailableError: хранилище недоступно слишком
            долго.
        entrypoints.settings.SettingsError: настройки или ``database_url`` неверны.
        entrypoints.database_container.STARTUP_ERRORS: база данных недоступна.
        TypeError: в строке поле, какого у покупателя нет.
    """
    report = ImportReport()
    rejects = None if on_rejected is None else _Rejects(on_rejected)
    async with opened_use_cases(database_url, container) as use_cases:
        await use_cases.import_customers(
            _Rows(iter(rows), _key_prefix(source)),
            report,
            rejects,
            tells_subscribers=tells_subscribers,
        )
    return report


def import_customers(  # noqa: PLR0913 — все по имени
    rows: Iterable[Mapping[str, Any]],
    *,
    source: str | None = None,
    on_rejected: OnRejected | None = None,
    tells_subscribers: bool = False,
    database_url: str | None = None,
    container: Container | None = None,
) -> ImportReport:
    """Регистрирует покупателей из обычного кода.

    Аргументы и ошибки те же, что у ``async_import_customers``.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(
            async_import_customers(
                rows,
                source=source,
                on_rejected=on_rejected,
                tells_subscribers=tells_subscribers,
                database_url=database_url,
                container=container,
            )
        )


def _key_prefix(source: str | None) -> str | None:
    if source is None:
        return None
    # Бывает это именем файла, а в нём, если оно не в UTF-8, — одиночные суррогаты (PEP 383).
    name = source.encode("utf-8", "surrogatepass")
    return f"import:{hashlib.sha256(name).hexdigest()[:32]}:"


@define
class _Rows(CustomerRows):
    _rows: Iterator[Mapping[str, Any]]
    _key_prefix: str | None
    _number: int = field(default=0, init=False)

    def take(self) -> CustomerRow | None:
        """Берёт следующего покупателя; номер строки считается с единицы."""
        given = next(self._rows, None)
        if given is None:
            return None
        self._number += 1
        prefix = self._key_prefix
        key = None if prefix is None else f"{prefix}{self._number}"
        if key is None and given.get("registered_at") is not None:
            # Со временем из источника равны и просьбы разных дней: по данным себя не узнать.
            key = f"import:{uuid4().hex}"
        command = RegisterCustomerCommand(**{**given, "idempotency_key": key})
        return CustomerRow(self._number, (), command)


@define
class _Rejects(RejectedRows):
    _on_rejected: OnRejected

    def write(self, row: CustomerRow, broken: Sequence[BrokenRule]) -> None:
        """Отдаёт отказ вызвавшему."""
        self._on_rejected(row.line, broken)
