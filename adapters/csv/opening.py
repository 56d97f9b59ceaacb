"""Открытие файла: что это, как записано и что в каком столбце."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from adapters.csv.cells import CommandMaker, key_prefix
from adapters.csv.decoding import START, decoded
from adapters.csv.detection import Told, read_heading
from adapters.csv.dialects import Dialect, Escape
from adapters.csv.file import CsvFile
from adapters.csv.file_options import CsvOptions, checked_encoding
from adapters.csv.layout import REGISTERED_AT, Layout
from adapters.csv.lines import Lines
from adapters.csv.records import records
from adapters.csv.source import Source, opened_source
from adapters.csv.spreadsheet import is_workbook, read_sheet, sheet_records
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import ESCAPES, ESCAPES_OF_TABBED
from adapters.csv.times import TimeReader, time_zone
from adapters.csv.transcoding import UTF_8
from application.customer_rows import SourceError


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
        _check_times(file)
        yield file


def _of_workbook(source: Source, options: CsvOptions) -> CsvFile:
    sheet = read_sheet(source, options.sheet, options.columns)
    layout = sheet.layout
    maker = _maker(
        source,
        f"sheet {sheet.name!r}{layout.meaning}{options.meaning}",
        layout,
        options,
        dialect=None,
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
    maker = _maker(source, meaning, layout, options, dialect=dialect)
    file = CsvFile(
        *(read.source, read.encoding, layout, read.note, options),
        *(lines, records(lines, dialect), maker),
    )
    file.is_cut = source.is_cut
    return file


def _maker(
    source: Source, meaning: str, layout: Layout, options: CsvOptions, *, dialect: Dialect | None
) -> CommandMaker:
    """Готовит чтение ячеек; у книги строения строк нет."""
    is_own = bool(layout.own_columns)
    maker = CommandMaker(
        layout,
        key_prefix(source.digest, meaning),
        null_words=options.null_words,
        is_guarded=is_own,
        escapes=_escapes(dialect, options),
        read_time=TimeReader(
            options.date_format,
            time_zone(options.zone) if options.zone is not None else None,
            knows_workbook_days=dialect is None or is_own,
        ),
    )
    if layout.is_first_name_only and "name" not in options.columns:
        name = layout.names[layout.places["name"][0]]
        maker.suspicious.add("name", Kind.FIRST_NAME_ONLY, 1, name)
    return maker


def _check_times(file: CsvFile) -> None:
    """Проверяет, что в начале файла прочлось хоть одно время регистрации, если они там есть.

    Raises:
        SourceError: не прочлось: отклонены были бы все строки.
    """
    given = [
        (row.command.registered_at, row.cells[file.layout.places[REGISTERED_AT][0]])
        for row in file.sample
        if row.command is not None and row.command.registered_at is not None
    ]
    wrong = [
        (moment, cell)
        for moment, cell in given
        if not isinstance(moment, datetime) or moment.tzinfo is None
    ]
    if not wrong or len(wrong) < len(given):
        return
    moment, cell = wrong[0]
    raise SourceError(
        f"no time can be read ({cell!r}): --date-format says how it is written"
        if not isinstance(moment, datetime)
        else f"the times have no zone ({cell!r}): --zone says which, for example Europe/Moscow"
    )


def _escapes(dialect: Dialect | None, options: CsvOptions) -> re.Pattern[str] | None:
    if dialect is None:
        return ESCAPES
    if options.escape != Escape.NONE:
        return None
    return ESCAPES_OF_TABBED if dialect.delimiter == "\t" else ESCAPES


def _name_in_keys(encoding: str) -> str:
    """Под каким именем кодировка входит в ключи: у прежней версии их было две."""
    return {"cp1251": "windows-1251"}.get(encoding, encoding)
