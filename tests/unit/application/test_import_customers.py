"""Сама загрузка: порядок, повторы, остановка, испорченный файл."""

import asyncio
import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from adapters.csv.opening import opened_csv
from adapters.memory import InMemoryCustomerRepository
from application.customer_repository import (
    CustomerRepository,
    Registration,
    RepositoryUnavailableError,
)
from application.customer_rows import SourceError
from application.erase_customer import EraseCustomer
from application.erased_emails import ErasedEmails
from application.import_customers import BATCH, ImportCustomers
from application.import_report import ImportReport
from application.retrying_batches import PATIENCE
from domain.customer import NewCustomer
from tests.support.customers import LATER_AT, REGISTERED_AT, new_customer
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.virtual_time import run_in_virtual_time


def content(rows: int) -> bytes:
    return b"name,email\n" + b"".join(b"Ivan,u%d@example.ru\n" % number for number in range(rows))


class ForgetfulCustomers(InterceptedCustomers):
    """Записывает, но о каждой записи, кроме повторов, отвечает, что не знает её исхода."""

    def after(self, registration: Registration) -> None:
        if not registration.is_replay:
            raise RepositoryUnavailableError("the answer is lost")


class RecordingCustomers(InterceptedCustomers):
    """Помнит порядок пришедших и зовёт ``on_add`` с их числом."""

    def __init__(self, on_add: Callable[[int], None] = lambda _count: None) -> None:
        super().__init__()
        self.emails: list[str] = []
        self.on_add = on_add

    async def before(self, customer: NewCustomer) -> NewCustomer:
        self.emails.append(customer.email)
        self.on_add(len(self.emails))
        return customer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def load(
    path: Path,
    customers: CustomerRepository,
    moment: timedelta = timedelta(),
    erased: ErasedEmails | None = None,
) -> ImportReport:
    """Загружает файл; ``moment`` — сколько прошло с первой загрузки."""
    import_customers = ImportCustomers(customers, lambda: REGISTERED_AT + moment, erased)
    report = ImportReport()
    with opened_csv(str(path)) as file:
        run_in_virtual_time(import_customers(file, report))
    return report


def test_erased_customers_are_left_out_unless_they_came_back_themselves(path: Path) -> None:
    path.write_bytes(content(4))
    customers = InMemoryCustomerRepository()
    load(path, customers)
    for number in (1, 2, 3):
        asyncio.run(EraseCustomer(customers)(number, leaves_tombstone=number > 1))
    asyncio.run(customers.add(new_customer(email="u1@example.ru")))
    again = load(path, customers, LATER_AT - REGISTERED_AT, customers)
    assert again == ImportReport(registered=2, by_earlier_run=1, already_there=1, erased=1)
    assert again.rows == 4


class AwayErasedEmails(InMemoryCustomerRepository):
    """О том, вернулся ли стёртый, какое-то время не узнать."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def is_registered(self, email: str) -> bool:
        if asyncio.get_running_loop().time() < self._seconds:
            raise RepositoryUnavailableError("away")
        return await super().is_registered(email)


def test_short_outage_at_an_erased_row_is_waited_for(path: Path) -> None:
    path.write_bytes(content(2) + b"Ivan,u1@example.ru\n")
    for seconds, erased in ((PATIENCE - 1, 2), (float("inf"), 0)):
        customers = AwayErasedEmails(seconds)
        asyncio.run(customers.add(new_customer(email="u1@example.ru")))
        asyncio.run(EraseCustomer(customers)(1, leaves_tombstone=True))
        if erased:
            report = load(path, customers, erased=customers)
            assert report == ImportReport(registered=1, erased=erased)
        else:
            with pytest.raises(RepositoryUnavailableError):
                load(path, customers, erased=customers)


def test_rows_come_in_the_order_of_the_file(path: Path) -> None:
    path.write_bytes(content(BATCH * 2))
    customers = RecordingCustomers()
    load(path, customers)
    assert customers.emails == [f"u{number}@example.ru" for number in range(BATCH * 2)]


def test_repeat_because_of_a_lost_answer_is_no_earlier_run(path: Path) -> None:
    path.write_bytes(content(3))
    customers = ForgetfulCustomers()
    assert load(path, customers) == ImportReport(registered=3)
    later = LATER_AT - REGISTERED_AT
    assert load(path, customers, later) == ImportReport(registered=3, by_earlier_run=3)


def test_changed_file_is_another_file(path: Path) -> None:
    customers = InMemoryCustomerRepository()
    path.write_bytes(content(3))
    load(path, customers)
    path.write_bytes(content(4))
    assert load(path, customers) == ImportReport(registered=1, already_there=3)


def test_row_stored_under_other_rules_is_refused(path: Path) -> None:
    class ChangingRules(InterceptedCustomers):
        phone: str | None = "other"

        async def before(self, customer: NewCustomer) -> NewCustomer:
            return attrs.evolve(customer, phone=self.phone)

    path.write_bytes(content(1))
    customers = ChangingRules()
    load(path, customers)
    customers.phone = None
    tally = load(path, customers)
    assert (tally.registered, tally.refused) == (0, 1)
    assert list(tally.reasons) == [("row", "stored_with_other_data")]


def test_row_that_a_known_heading_gives_more_data_says_that_it_cannot_go_on(path: Path) -> None:
    class FirstVersion(InterceptedCustomers):
        """Записывает так, как записала бы версия, которая столбца «Телефон» не знала."""

        is_first: bool = True

        async def before(self, customer: NewCustomer) -> NewCustomer:
            return attrs.evolve(customer, phone=None) if self.is_first else customer

    path.write_text("name,email,Телефон\nIvan,i@example.ru,+7\n")
    customers = FirstVersion()
    load(path, customers)
    customers.is_first = False
    assert list(load(path, customers).reasons) == [("row", "stored_with_other_data")]


def test_stop_takes_no_more_rows_and_finishes_those_taken(path: Path) -> None:
    path.write_bytes(content(BATCH * 4))
    customers = RecordingCustomers()
    with opened_csv(str(path)) as file:
        customers.on_add = lambda count: file.stop() if count == 100 else None
        report = ImportReport()
        run_in_virtual_time(ImportCustomers(customers, lambda: REGISTERED_AT)(file, report))
    # Взяты пачка, которая тогда писалась, и то, что успели приготовить из следующей.
    assert BATCH <= report.registered <= BATCH * 2
    assert report == ImportReport(registered=len(customers.emails))


def test_file_of_refused_rows_lets_others_work(path: Path) -> None:
    path.write_bytes(b"name,email\n" + b"Ivan,nobody\n" * 10_000)
    with opened_csv(str(path)) as file:
        import_customers = ImportCustomers(InMemoryCustomerRepository(), lambda: REGISTERED_AT)
        report = ImportReport()

        async def stopped_by_another() -> None:
            loading = asyncio.create_task(import_customers(file, report))
            while not report.refused:  # noqa: ASYNC110 — события об этом нет
                await asyncio.sleep(0)
            file.stop()
            await loading

        run_in_virtual_time(stopped_by_another())
    assert 0 < report.refused < 10_000


def test_what_comes_before_the_damage_is_loaded(path: Path) -> None:
    path.write_bytes(gzip.compress(content(50_000))[:-1000])
    with opened_csv(str(path)) as file:
        import_customers = ImportCustomers(InMemoryCustomerRepository(), lambda: REGISTERED_AT)
        report = ImportReport()
        with pytest.raises(SourceError, match="is damaged or cut short"):
            run_in_virtual_time(import_customers(file, report))
    assert 10_000 < report.registered < 50_000


def test_row_without_an_outcome_ends_the_import_and_is_named(path: Path) -> None:
    class FullCustomers(InterceptedCustomers):
        """Принимает одного покупателя, а дальше недоступно."""

        async def before(self, customer: NewCustomer) -> NewCustomer:
            if customer.email != "u0@example.ru":
                raise RepositoryUnavailableError("away")
            return customer

    path.write_bytes(content(2))
    with opened_csv(str(path)) as file:
        report = ImportReport()
        with pytest.raises(RepositoryUnavailableError, match="away"):
            run_in_virtual_time(
                ImportCustomers(FullCustomers(), lambda: REGISTERED_AT)(file, report)
            )
    assert (report.registered, report.failed_line) == (1, 3)


def test_report_counts_all_rows_and_shows_the_first_repeated_ones(path: Path) -> None:
    path.write_bytes(b"name,email\n" + b"Ivan,i@example.ru\n" * 8 + b"Ivan,nobody\n")
    report = load(path, InMemoryCustomerRepository())
    assert (report.rows, report.registered, report.repeated, report.refused) == (9, 1, 7, 1)
    assert report.repeated_lines == [3, 4, 5, 6, 7]


def test_first_repeated_lines_are_told_in_whatever_order_rows_end() -> None:
    report = ImportReport()
    for line in (9, 3, 8, 4, 7, 2, 6):
        report.repeat(line)
    assert (report.repeated, report.repeated_lines) == (7, [2, 3, 4, 6, 7])
