"""Файл CSV как источник строк: открыт, заголовок прочитан, начало просмотрено."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import define, field

from adapters.csv.cells import CommandMaker, key_prefix
from adapters.csv.decoding import START, UTF_8, advice, decoded
from adapters.csv.detection import Told, read_heading
from adapters.csv.dialects import Dialect, Escape
from adapters.csv.file_options import CsvOptions, checked_encoding
from adapters.csv.layout import Layout
from adapters.csv.lines import Lines
from adapters.csv.records import BadRecord, Record, RefusedRecord, records
from adapters.csv.source import Source, opened_source
from adapters.csv.spreadsheet import is_workbook, read_sheet, sheet_records
from adapters.csv.suspicions import CERTAIN, ESCAPES, ESCAPES_OF_TABBED, Finding, Kind
from application.customer_rows import ROW, CustomerRow, CustomerRows, SourceError
from domain.errors import BrokenRule

SAMPLE = 200
"""Записей с начала файла, которые смотрят прежде, чем записать хоть одну."""


@define
class CsvFile(CustomerRows):
    """Файл.

    Attributes:
        source: откуда байты.
        encoding: их кодировка, имя кодека Python.
        layout: что в каком столбце.
        note: что оператору сказать о том, как файл прочитан; пусто — нечего.
    """

    source: Source
    encoding: str
    layout: Layout
    note: str
    _options: CsvOptions
    _lines: Lines
    _records: Iterator[Record | RefusedRecord | BadRecord]
    _maker: CommandMaker
    _sample: deque[CustomerRow] = field(factory=deque)
    _failure: SourceError | None = None
    _is_stopped: bool = False

    @property
    def has_bom(self) -> bool:
        """Начинается ли файл с отметки порядка байтов UTF-8."""
        return self._lines.has_bom

    @property
    def sample(self) -> Sequence[CustomerRow]:
        """Первые строки, пока их не взяли."""
        return tuple(self._sample)

    @property
    def suspicious(self) -> list[Finding]:
        """Подозрительное в прочитанных строках, кроме видов, которые приняты."""
        accepted = self._options.accepted
        return [one for one in self._maker.suspicious.all() if one.kind not in accepted]

    @property
    def damage(self) -> list[Finding]:
        """Подозрительное, которое верным не бывает."""
        return [one for one in self.suspicious if one.kind in CERTAIN]

    @property
    def mended(self) -> list[Finding]:
        """Исправленное в прочитанных строках."""
        return self._maker.mended.all()

    @property
    def encoding_advice(self) -> str:
        """Чем читаются строки, которые не в кодировке файла; пусто — таких нет."""
        return advice(self._lines.undecoded) if self._lines.undecoded else ""

    def take(self) -> CustomerRow | None:
        """Возвращает следующую строку; после остановки строк больше нет."""
        if self._is_stopped:
            return None
        if self._sample:
            return self._sample.popleft()
        if self._failure is not None:
            raise self._failure
        return self._read()

    def stop(self) -> None:
        """Велит больше не читать, даже посреди длинной строки; можно и из обработчика сигнала."""
        self._is_stopped = True
        self._lines.stop()

    def look(self) -> None:
        """Просматривает начало файла; строки из него ещё будут взяты."""
        try:
            while len(self._sample) < SAMPLE and (row := self._read()) is not None:
                self._sample.append(row)
        except SourceError as failure:
            self._failure = failure

    def _read(self) -> CustomerRow | None:
        record = next(self._records, None)
        # Остановленное чтение могло оборвать и запись в кавычках.
        if record is None or self._is_stopped:
            return None
        if isinstance(record, BadRecord):
            broken = BrokenRule(ROW, record.code)
            return CustomerRow(record.line, [record.start], None, [broken], is_unreadable=True)
        if isinstance(record, RefusedRecord):
            return CustomerRow(record.line, record.cells, None, record.broken)
        columns = len(self.layout.names)
        if len(record.cells) != columns:
            record = record._replace(cells=self._fitted(record.cells, columns))
        if len(record.cells) != columns:
            limits = {"has": len(record.cells), "wants": columns}
            broken = BrokenRule(ROW, "wrong_number_of_cells", limits)
            return CustomerRow(record.line, record.cells, None, [broken])
        return CustomerRow(record.line, record.cells, self._maker(record))

    def _fitted(self, cells: list[str], columns: int) -> list[str]:
        """Убирает пустые ячейки после последнего столбца или добавляет недостающие, если велено.

        Недостающие под столбцами без названия ничего не значат.
        """
        if len(cells) > columns:
            return cells if any(cells[columns:]) else cells[:columns]
        missing = self.layout.names[len(cells) :]
        is_nothing_lost = not any(map(str.strip, missing))
        if is_nothing_lost or self._options.has_short_rows:
            return cells + [""] * len(missing)
        return cells


@contextmanager
def opened_csv(path: str, options: CsvOptions | None = None) -> Iterator[CsvFile]:
    """Открывает файл или книгу, читает заголовок и просматривает начало.

    Args:
        path: имя файла; ``-`` — стандартный ввод.
        options: что о файле сказал оператор.

    Raises:
        application.customer_rows.SourceError: файл не тот.
    """
    options = options or CsvOptions()
    encoding = checked_encoding(options)
    with opened_source(path) as source:
        if is_workbook(source, source.start(START)):
            file = _of_workbook(source, options)
        else:
            file = _of_text(source, encoding, options)
        file.look()
        yield file


def _of_workbook(source: Source, options: CsvOptions) -> CsvFile:
    sheet = read_sheet(source, options.sheet, options.columns)
    layout = sheet.layout
    maker = _maker(
        source,
        f"sheet {sheet.name!r}{layout.meaning}{options.meaning}",
        layout,
        options,
        escapes=ESCAPES,
    )
    read = sheet_records(sheet, maker.mended, maker.suspicious)
    return CsvFile(source, UTF_8, layout, sheet.note, options, Lines(source, UTF_8), read, maker)


def _of_text(source: Source, encoding: str | None, options: CsvOptions) -> CsvFile:
    if options.sheet is not None:
        raise SourceError(f"{source.name} is no workbook: it has no sheet {options.sheet!r}")
    is_accepted = Kind.OTHER_ENCODING in options.accepted
    read = decoded(source, encoding, is_accepted=is_accepted)
    lines = Lines(read.source, read.line_encoding)
    told = Told(options.delimiter, Escape(options.escape), options.columns)
    dialect, layout = read_heading(lines, read.encoding, told)
    if layout.own_columns:
        # Свои файлы пишутся по RFC 4180, каким бы ни был исходный.
        dialect = Dialect(dialect.delimiter)
    meaning = f"{_name_in_keys(read.encoding)}{layout.meaning}{options.meaning}"
    maker = _maker(source, meaning, layout, options, escapes=_escapes(dialect, options))
    read_records = records(lines, dialect)
    return CsvFile(
        read.source, read.encoding, layout, read.note, options, lines, read_records, maker
    )


def _maker(
    source: Source,
    meaning: str,
    layout: Layout,
    options: CsvOptions,
    *,
    escapes: re.Pattern[str] | None,
) -> CommandMaker:
    maker = CommandMaker(
        layout,
        key_prefix(source.digest, meaning),
        null_words=options.null_words,
        is_guarded=bool(layout.own_columns),
        escapes=escapes,
    )
    if layout.is_first_name_only and "name" not in options.columns:
        name = layout.names[layout.places["name"][0]]
        maker.suspicious.add("name", Kind.FIRST_NAME_ONLY, 1, name)
    return maker


def _escapes(dialect: Dialect, options: CsvOptions) -> re.Pattern[str] | None:
    if options.escape != Escape.NONE:
        return None
    return ESCAPES_OF_TABBED if dialect.delimiter == "\t" else ESCAPES


def _name_in_keys(encoding: str) -> str:
    """Под каким именем кодировка входит в ключи: у прежней версии их было две."""
    return {"cp1251": "windows-1251"}.get(encoding, encoding)
