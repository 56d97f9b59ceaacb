"""Файл, готовый к загрузке: открыт, заголовок прочитан, записи идут по порядку."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import frozen

from adapters.csv.cells import command_maker, key_prefix
from adapters.csv.layout import Delimiter, Layout, read_layout
from adapters.csv.lines import Encoding, Lines
from adapters.csv.records import BadRecord, Record, records
from adapters.csv.source import Source, opened_source
from application.register_customer import RegisterCustomerCommand


@frozen
class CsvFile:
    """Файл.

    Attributes:
        source: откуда байты.
        encoding: их кодировка.
        has_bom: начинаются ли они с отметки порядка байтов.
        layout: что в каком столбце.
        records: записи по порядку; прочесть их можно один раз.
        command: строит команду из записи, в которой столько ячеек, сколько столбцов.
        stop: велит больше не читать, даже посреди длинной строки.
    """

    source: Source
    encoding: Encoding
    has_bom: bool
    layout: Layout
    records: Iterator[Record | BadRecord]
    command: Callable[[Record], RegisterCustomerCommand]
    stop: Callable[[], None]


@contextmanager
def opened_csv(
    path: str,
    *,
    encoding: Encoding = Encoding.UTF_8,
    delimiter: Delimiter | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[CsvFile]:
    """Открывает файл и читает его заголовок.

    Args:
        path: имя файла; ``-`` — стандартный ввод.
        encoding: кодировка.
        delimiter: чем разделены ячейки; ``None`` — узнать по заголовку.
        columns: как столбцы названы в этом файле, по именам полей.

    Raises:
        application.customer_rows.SourceError: файл не тот.
    """
    with opened_source(path) as source:
        lines = Lines(source, encoding)
        layout = read_layout(lines.take(), encoding, delimiter, columns)
        yield CsvFile(
            source=source,
            encoding=encoding,
            has_bom=lines.has_bom,
            layout=layout,
            records=records(lines, layout.delimiter),
            command=command_maker(layout, key_prefix(source, layout, encoding)),
            stop=lines.stop,
        )
