"""Сама загрузка: записи файла по порядку, многие одновременно, каждая — до своего исхода."""

import asyncio
from collections.abc import Sequence

from attrs import evolve

from adapters.csv.file import CsvFile
from adapters.csv.records import BadRecord, Record
from adapters.csv.rejects import Rejects
from application.customer_rows import SourceError
from application.idempotency import IdempotencyKeyReusedError
from application.import_report import Tally
from application.register_customer import RegisterCustomer
from application.retrying_repository import PersistentCustomers
from domain.errors import BrokenRule, EmailAlreadyRegisteredError, InvalidCustomerError

IN_FLIGHT = 2048
"""Записей, исхода которых ждут одновременно: несколько полных пачек, и память не растёт."""

ROW = "row"
"""Вместо имени поля, когда негодна вся строка."""


class CsvImport:
    """Загружает записи; загружать можно один раз.

    Attributes:
        tally: счёт исходов, верный в любое мгновение.
        failed_line: строка, на которой загрузка прервалась не по своей вине.
    """

    def __init__(
        self, register: RegisterCustomer, file: CsvFile, rejects: Rejects | None = None
    ) -> None:
        """Готовит загрузку.

        Args:
            register: вариант использования.
            file: что загрузить.
            rejects: куда писать отказы; ``None`` — никуда.
        """
        self.tally = Tally()
        self.failed_line: int | None = None
        self._customers = PersistentCustomers(register.customers)
        self._register = evolve(register, customers=self._customers)
        self._started_at = register.clock()
        self._records = file.records
        self._command = file.command
        self._stop_reading = file.stop
        self._columns = len(file.layout.names)
        self._rejects = rejects
        self._failure: SourceError | None = None
        self._is_stopping = False

    @property
    def is_database_away(self) -> bool:
        """Ждёт ли загрузка хранилища, которое сейчас недоступно."""
        return self._customers.retrying > 0

    async def run(self) -> None:
        """Загружает всё до конца файла или до ``stop``; взятое доводит до исхода.

        Raises:
            SourceError: дальше файл не читается; прочитанное раньше загружено.
            application.customer_repository.RepositoryUnavailableError: хранилище недоступно
                слишком долго.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(self._work())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Велит не брать новых записей; можно позвать и из обработчика сигнала."""
        self._is_stopping = True
        self._stop_reading()

    async def _work(self) -> None:
        while (record := self._take()) is not None:
            try:
                broken = await self._load(record)
            except Exception:
                self.failed_line = self.failed_line or record.line
                raise
            if broken:
                self._refuse(record, broken)
                # Отказ ничего не ждёт: без этого файл из одних отказов не дал бы сработать ничему.
                await asyncio.sleep(0)

    def _take(self) -> Record | BadRecord | None:
        if self._is_stopping:
            return None
        try:
            record = next(self._records, None)
        except SourceError as failure:
            # Взятое раньше должно дойти до исхода.
            self._failure = failure
            return None
        # Остановленное чтение могло оборвать и запись в кавычках.
        return None if self._is_stopping else record

    async def _load(self, record: Record | BadRecord) -> Sequence[BrokenRule]:
        """Доводит запись до исхода; если она отклонена, возвращает, за что."""
        if isinstance(record, BadRecord):
            return [BrokenRule(ROW, record.code)]
        if len(record.cells) != self._columns:
            limits = {"has": len(record.cells), "wants": self._columns}
            return [BrokenRule(ROW, "wrong_number_of_cells", limits)]
        try:
            registration = await self._register(self._command(record))
        except EmailAlreadyRegisteredError:
            self.tally.already_there += 1
        except InvalidCustomerError as error:
            return error.broken_rules
        except IdempotencyKeyReusedError:
            # Записано прежним запуском, но с тех пор нормальная форма данных стала иной.
            return [BrokenRule(ROW, "stored_with_other_data")]
        else:
            self.tally.registered += 1
            # Повтор из-за потерянного ответа этого же запуска — не прежний запуск.
            if registration.is_replay and registration.customer.registered_at < self._started_at:
                self.tally.by_earlier_run += 1
        return ()

    def _refuse(self, record: Record | BadRecord, broken: Sequence[BrokenRule]) -> None:
        self.tally.refuse(broken)
        if self._rejects is not None:
            cells = [record.start] if isinstance(record, BadRecord) else record.cells
            self._rejects.write(record.line, broken, cells)
