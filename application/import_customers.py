"""Вариант использования: зарегистрировать покупателей из строк источника."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from attrs import define, field, frozen

from application.customer_repository import (
    CustomerAndKey,
    CustomerBatches,
    Outcome,
    Registration,
)
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
from application.register_customer import customer_and_key
from application.retrying_batches import RetryingCustomerBatches
from domain.errors import BrokenRule, EmailAlreadyRegisteredError, InvalidCustomerError
from domain.events import Source

BATCH = 512
"""Строк, которые записываются вместе; столько же в это время готовится."""

_SLICE = 64  # строк, которые готовятся, не отвлекаясь на ответы хранилища и на сигналы


@frozen
class ImportCustomers:
    """Регистрирует покупателей по порядку строк, пачками, каждого — до его исхода.

    Attributes:
        customers: хранилище.
        clock: часы; говорят время с поясом UTC.
        erased: метки тех, кого загружать не велено; ``None`` — меток нет.
    """

    customers: CustomerBatches
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
        customers = RetryingCustomerBatches(customers, report.wait)
        source = Source.IMPORT if tells_subscribers else None
        run = _Run(rows, report, rejects, already_there, customers, self.clock, source)
        try:
            await run.load()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if run.failure is not None:
            raise run.failure


class _Prepared(NamedTuple):
    """Строка, которую осталось записать или отклонить.

    Attributes:
        row: она сама.
        wanted: кого записать; ``None`` — она отклонена.
        broken: за что.
    """

    row: CustomerRow
    wanted: CustomerAndKey | None
    broken: Sequence[BrokenRule] = ()


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
    _customers: CustomerBatches
    _clock: Callable[[], datetime]
    _source: Source | None
    _began_at: datetime = field(init=False)
    _own: IdSet = field(factory=IdSet, init=False)
    failure: SourceError | None = None

    @_began_at.default
    def _now(self) -> datetime:
        return self._clock()

    async def load(self) -> None:
        """Готовит следующую пачку, пока пишется прошлая, и пишет их по одной.

        Поэтому строку, исход которой пришлось узнавать, не обгонит поздняя с тем же адресом.
        """
        async with asyncio.TaskGroup() as group:
            writing = None
            while batch := await self._prepared():
                if writing is not None:
                    await writing
                writing = group.create_task(self._write(batch))

    async def _prepared(self) -> list[_Prepared]:
        """Готовит пачку; из пустой видно, что строк больше нет."""
        batch: list[_Prepared] = []
        while len(batch) < BATCH and (row := self._take()) is not None:
            batch.append(self._checked(row))
            if len(batch) % _SLICE == 0:
                await asyncio.sleep(0)
        return batch

    def _take(self) -> CustomerRow | None:
        if self.failure is not None:
            return None
        try:
            return self._rows.take()
        except SourceError as failure:
            # Взятое раньше должно дойти до исхода.
            self.failure = failure
            return None

    def _checked(self, row: CustomerRow) -> _Prepared:
        if row.command is None:
            return _Prepared(row, None, row.broken)
        try:
            return _Prepared(row, customer_and_key(row.command, self._clock()))
        except InvalidCustomerError as error:
            return _Prepared(row, None, error.broken_rules)

    async def _write(self, batch: Sequence[_Prepared]) -> None:
        """Доводит каждую строку пачки до исхода.

        Raises:
            Exception: исход первой из тех, что остались без него не по своей вине.
        """
        wanted = [one.wanted for one in batch if one.wanted is not None]
        outcomes = iter(await self._customers.add_all(wanted, self._source))
        failure = None
        for row, customer, broken in batch:
            if customer is None:
                self._refuse(row, broken)
            elif (error := self._end(row, next(outcomes))) and failure is None:
                failure = error
                self._report.failed_line = row.line
        if failure is not None:
            raise failure

    def _end(self, row: CustomerRow, outcome: Outcome) -> Exception | None:
        """Считает исход строки; возвращает его, если в нём виновата не строка."""
        report = self._report
        match outcome:
            case Registration():
                report.registered += 1
                self._own.add(outcome.customer.id)
                # Повтор из-за потерянного ответа этого же запуска — не прежний запуск.
                if outcome.used_at is not None and outcome.used_at < self._began_at:
                    report.by_earlier_run += 1
            case EmailAlreadyRegisteredError():
                self._find(row, outcome.customer_id)
            case EmailErasedError():
                report.erased += 1
            case IdempotencyKeyReusedError():
                # Записано прежним запуском, но с тех пор нормальная форма данных стала иной.
                self._refuse(row, [BrokenRule(ROW, "stored_with_other_data")])
            case _:
                return outcome
        return None

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
