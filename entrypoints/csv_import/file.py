"""Файл, готовый к загрузке: открыт, заголовок прочитан, записи идут по порядку."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import frozen

from application.register_customer import RegisterCustomerCommand
from entrypoints.csv_import.commands import command_maker, key_prefix
from entrypoints.csv_import.layout import Delimiter, Layout, read_layout
from entrypoints.csv_import.lines import Encoding, Lines
from entrypoints.csv_import.records import BadRecord, Record, records
from entrypoints.csv_import.source import Source, opened_source


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
        entrypoints.csv_import.errors.SourceError: файл не тот.
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
