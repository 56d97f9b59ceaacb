"""Файл CSV как источник строк: открыт, заголовок прочитан, записи идут по порядку."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define

from adapters.csv.cells import command_maker, key_prefix
from adapters.csv.layout import Delimiter, Layout, read_layout
from adapters.csv.lines import Encoding, Lines
from adapters.csv.records import BadRecord, Record, records
from adapters.csv.source import Source, opened_source
from application.customer_rows import ROW, CustomerRow, CustomerRows
from application.register_customer import RegisterCustomerCommand
from domain.errors import BrokenRule


@define
class CsvFile(CustomerRows):
    """Файл.

    Attributes:
        source: откуда байты.
        encoding: их кодировка.
        layout: что в каком столбце.
    """

    source: Source
    encoding: Encoding
    layout: Layout
    _lines: Lines
    _records: Iterator[Record | BadRecord]
    _command: Callable[[Record], RegisterCustomerCommand]
    _is_stopped: bool = False

    @property
    def has_bom(self) -> bool:
        """Начинается ли файл с отметки порядка байтов."""
        return self._lines.has_bom

    def take(self) -> CustomerRow | None:
        """Возвращает следующую строку; после остановки строк больше нет."""
        record = next(self._records, None)
        # Остановленное чтение могло оборвать и запись в кавычках.
        if record is None or self._is_stopped:
            return None
        if isinstance(record, BadRecord):
            return CustomerRow(record.line, [record.start], None, [BrokenRule(ROW, record.code)])
        columns = len(self.layout.names)
        if len(record.cells) != columns:
            limits = {"has": len(record.cells), "wants": columns}
            broken = BrokenRule(ROW, "wrong_number_of_cells", limits)
            return CustomerRow(record.line, record.cells, None, [broken])
        return CustomerRow(record.line, record.cells, self._command(record))

    def stop(self) -> None:
        """Велит больше не читать, даже посреди длинной строки; можно и из обработчика сигнала."""
        self._is_stopped = True
        self._lines.stop()


@contextmanager
def opened_csv(
    path: str,
    *,
    encoding: str = Encoding.UTF_8,
    delimiter: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[CsvFile]:
    """Открывает файл и читает его заголовок.

    Args:
        path: имя файла; ``-`` — стандартный ввод.
        encoding: кодировка, из ``Encoding``.
        delimiter: чем разделены ячейки, из ``Delimiter``; ``None`` — узнать по заголовку.
        columns: как столбцы названы в этом файле, по именам полей.

    Raises:
        application.customer_rows.SourceError: файл не тот.
    """
    known_encoding = Encoding(encoding)
    known_delimiter = Delimiter(delimiter) if delimiter else None
    with opened_source(path) as source:
        lines = Lines(source, known_encoding)
        layout = read_layout(lines.take(), known_encoding, known_delimiter, columns)
        command = command_maker(layout, key_prefix(source, layout, known_encoding))
        read = records(lines, layout.delimiter)
        yield CsvFile(source, known_encoding, layout, lines, read, command)
