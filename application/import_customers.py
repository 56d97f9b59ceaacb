"""Вариант использования: зарегистрировать покупателей из строк источника."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import define, field, frozen

from application.customer_repository import CustomerRepository
from application.customer_rows import (
    ROW,
    AlreadyThereRows,
    CustomerRow,
    CustomerRows,
    RejectedRows,
    SourceError,
)
from application.erased_emails import CustomersButErased, EmailErasedError, ErasedEmails
from application.id_set import IdSet
from application.idempotency import IdempotencyKeyReusedError
from application.import_report import ImportReport
from application.register_customer import RegisterCustomer
from application.retrying_repository import RetryingCustomerRepository
from domain.errors import BrokenRule, EmailAlreadyRegisteredError, InvalidCustomerError
from domain.events import Source

IN_FLIGHT = 2048
"""Строк, исхода которых ждут одновременно: несколько полных пачек, и память не растёт."""


@frozen
class ImportCustomers:
    """Регистрирует покупателей по порядку строк, много одновременно, каждого — до его исхода.

    Attributes:
        customers: хранилище.
        clock: часы; говорят время с поясом UTC.
        erased: метки тех, кого загружать не велено; ``None`` — меток нет.
    """

    customers: CustomerRepository
    clock: Callable[[], datetime]
    erased: ErasedEmails | None = None

    async def __call__(
        self,
        rows: CustomerRows,
        report: ImportReport,
        rejects: RejectedRows | None = None,
        already_there: AlreadyThereRows | None = None,
        *,
        tells_subscribers: bool = False,
    ) -> None:
        """Загружает всё до конца источника; взятое доводит до исхода.

        Args:
            rows: что загрузить.
            report: счёт исходов; его можно читать, пока загрузка идёт.
            rejects: куда писать отклонённое; ``None`` — никуда.
            already_there: куда писать тех, кто уже есть; ``None`` — никуда.
            tells_subscribers: сообщать ли о загруженных подписчикам; обычно незачем: с давними
                покупателями здороваться поздно.

        Raises:
            SourceError: дальше источник не читается; прочитанное раньше загружено.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно
                слишком долго.
            OSError: отклонённое или уже бывших не записать.
        """
        customers = self.customers
        if self.erased is not None:
            customers = CustomersButErased(customers, self.erased)
        # Поверх меток: и о них спрашивают, пока не ответят.
        customers = RetryingCustomerRepository(customers, report.wait)
        source = Source.IMPORT if tells_subscribers else None
        register = RegisterCustomer(customers, self.clock, source)
        run = _Run(rows, report, rejects, already_there, register, began_at=self.clock())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(run.work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if run.failure is not None:
            raise run.failure


@define
class _Run:
    """Одна загрузка.

    Attributes:
        failure: почему источник кончился раньше времени.
    """

    _rows: CustomerRows
    _report: ImportReport
    _rejects: RejectedRows | None
    _already_there: AlreadyThereRows | None
    _register: RegisterCustomer
    _began_at: datetime = field(kw_only=True)
    _own: IdSet = field(factory=IdSet, init=False)
    failure: SourceError | None = None

    async def work(self) -> None:
        """Берёт строки, пока они есть, и каждую доводит до исхода."""
        while (row := self._take()) is not None:
            try:
                broken = await self._broken_rules(row)
            except Exception:
                self._report.failed_line = self._report.failed_line or row.line
                raise
            if broken:
                self._refuse(row, broken)
                # Отказ ничего не ждёт: без этого файл из одних отказов не дал бы сработать ничему.
                await asyncio.sleep(0)

    def _take(self) -> CustomerRow | None:
        if self.failure is not None:
            return None
        try:
            return self._rows.take()
        except SourceError as failure:
            # Взятое раньше должно дойти до исхода.
            self.failure = failure
            return None

    async def _broken_rules(self, row: CustomerRow) -> Sequence[BrokenRule]:
        """Доводит строку до исхода; если она отклонена, возвращает, за что."""
        if row.command is None:
            return row.broken
        report = self._report
        try:
            registration = await self._register(row.command)
        except EmailAlreadyRegisteredError as error:
            self._find(row, error.customer_id)
        except EmailErasedError:
            report.erased += 1
        except InvalidCustomerError as error:
            return error.broken_rules
        except IdempotencyKeyReusedError:
            # Записано прежним запуском, но с тех пор нормальная форма данных стала иной.
            return [BrokenRule(ROW, "stored_with_other_data")]
        else:
            report.registered += 1
            self._own.add(registration.customer.id)
            # Повтор из-за потерянного ответа этого же запуска — не прежний запуск.
            if registration.used_at is not None and registration.used_at < self._began_at:
                report.by_earlier_run += 1
        return ()

    def _find(self, row: CustomerRow, customer_id: int | None) -> None:
        """Считает того, кто уже есть: записан ли он этой же загрузкой, говорит его номер."""
        self._report.already_there += 1
        is_repeated = customer_id is not None and customer_id in self._own
        if is_repeated:
            self._report.repeat(row.line)
        if self._already_there is not None:
            self._already_there.write(row, customer_id, is_repeated=is_repeated)

    def _refuse(self, row: CustomerRow, broken: Sequence[BrokenRule]) -> None:
        self._report.refuse(broken)
        if self._rejects is not None:
            self._rejects.write(row, broken)
