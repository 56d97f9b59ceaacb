"""Книга .xlsx, .xls или .ods: её строки с номерами, как их показывает таблица.

Читает её python-calamine: он в десять раз быстрее openpyxl и знает все три вида, но не видит
форматов чисел, скрытых строк и ошибок формул (в таких ячейках для него пусто).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from attrs import frozen

from adapters.csv.findings import Findings
from adapters.csv.layout import REGISTERED_AT, Layout, check_layout, read_layout
from adapters.csv.records import Record, RefusedRecord
from adapters.csv.sheet_area import is_sparse
from adapters.csv.source import Source, is_bloated
from adapters.csv.suspicion_kinds import Kind
from application.customer_rows import SourceError
from domain.customer import REQUIRED_FIELDS, RULES
from domain.errors import BrokenRule
from domain.rules import WholeNumber

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB], 2.2: .xls и зашифрованные книги
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO], 2.3.4.4
_HEADING_ROWS = 20  # строк, среди которых ищут заголовок
_EXACT = 1e16  # дальше целое в float хранит уже не все цифры
_PHONE = range(10, 16)  # цифр в телефоне с кодом (E.164 — до 15)
_ZEROS = "00000"  # столько нулей в конце у телефона, который, похоже, округлён


@frozen
class Sheet:
    """Лист книги, чей заголовок прочитан.

    Attributes:
        layout: что в каком столбце.
        name: имя листа.
        note: что сказать оператору.
        rows: строки после заголовка, с номерами.
    """

    layout: Layout
    name: str
    note: str
    rows: Iterator[tuple[int, list[Any]]]


def is_workbook(source: Source, start: bytes) -> bool:
    """Говорит, книга ли это; смотрит на содержание, а не на имя.

    Raises:
        SourceError: книга, но такая, какую не прочесть.
    """
    if start.startswith(_OLE):
        if _ENCRYPTED in source.whole():
            raise SourceError(f"{source.name} is protected by a password: save it without one")
        return True
    if not start.startswith(_ZIP):
        return False
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.whole()))
    except zipfile.BadZipFile:
        return False
    names = archive.namelist()
    if "xl/workbook.bin" in names:
        raise SourceError(f"{source.name} is an .xlsb workbook: save it as .xlsx or CSV in UTF-8")
    if "xl/workbook.xml" not in names and not {"mimetype", "content.xml"} <= set(names):
        return False
    _check_size(source, archive)
    return True


def _check_size(source: Source, archive: zipfile.ZipFile) -> None:
    """Проверяет, что работа с книгой будет по её длине.

    Raises:
        SourceError: она больше, или книга испорчена.
    """
    if is_bloated(source.size, sum(part.file_size for part in archive.infolist())):
        raise SourceError(
            f"{source.name} is a workbook that unpacks to much more than its size: save it as CSV"
            " in UTF-8"
        )
    try:
        has_far_cells = is_sparse(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise SourceError(f"{source.name} is damaged or cut short: {error}") from None
    if has_far_cells:
        raise SourceError(
            f"{source.name} is a workbook with cells very far from the others (Ctrl-End shows the"
            " last one), or with rows that repeat very often: delete them, or save it as CSV in"
            " UTF-8"
        )


def read_sheet(source: Source, wanted: str | None, told: Mapping[str, str]) -> Sheet:
    """Открывает лист и находит его заголовок.

    Args:
        source: книга.
        wanted: имя листа; ``None`` — первый, который не скрыт.
        told: столбцы полей, как сказал оператор.

    Raises:
        SourceError: книгу не прочесть, или на листе нет нужных столбцов.
    """
    try:
        from python_calamine import (  # noqa: PLC0415 — extra
            CalamineError,
            CalamineWorkbook,
            SheetVisibleEnum,
        )
    except ImportError:
        raise SourceError(
            f"{source.name} is a workbook: install crm-api[spreadsheets] to read it, or save it as"
            " CSV in UTF-8"
        ) from None
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(source.whole()))
        visible = [
            one.name for one in workbook.sheets_metadata if one.visible is SheetVisibleEnum.Visible
        ]
        name = _chosen(wanted, visible, workbook.sheet_names)
        sheet = workbook.get_sheet_by_name(name)
        # Пустые строки calamine здесь отдаёт, а пустые столбцы перед первым занятым — нет.
        left = [""] * (sheet.start or (0, 0))[1]
        rows = enumerate(([*left, *row] for row in sheet.iter_rows()), 1)
        numbered = ((number, row) for number, row in rows if any(cell != "" for cell in row))
        layout = _heading(numbered, told)
    except CalamineError as error:
        raise SourceError(f"{source.name} is damaged or cut short: {error}") from None
    others = [one for one in workbook.sheet_names if one != name]
    note = f"sheet {name!r} is read"
    if others:
        note += f", not {', '.join(map(repr, others))}; --sheet NAME takes another"
    return Sheet(layout, name, note, numbered)


def sheet_records(
    sheet: Sheet, mended: Findings, suspicious: Findings
) -> Iterator[Record | RefusedRecord]:
    """Читает записи: числа становятся цифрами, а где смысл числа потерян, запись отклоняется."""
    places = {place: name for name, places in sheet.layout.places.items() for place in places}
    columns = len(sheet.layout.names)
    for line, row in sheet.rows:
        cells, broken = [], []
        for place, value in enumerate([*row, *[""] * (columns - len(row))]):
            name = places.get(place, "")
            cells.append(_day(value) if name == REGISTERED_AT else _text(value))
            if name and (code := _lost(name, value)):
                broken.append(BrokenRule(name, code))
            elif name == "phone" and isinstance(value, int | float):
                _look_at_phone(cells[-1], line, mended, suspicious)
        yield RefusedRecord(line, cells, broken) if broken else Record(line, cells)


def _chosen(wanted: str | None, visible: Sequence[str], names: Sequence[str]) -> str:
    if wanted is None:
        if not visible:
            raise SourceError("every sheet of the workbook is hidden; --sheet NAME takes one")
        return visible[0]
    if wanted not in names:
        raise SourceError(f"there is no sheet {wanted!r}, but {', '.join(map(repr, names))}")
    return wanted


def _heading(rows: Iterator[tuple[int, list[Any]]], told: Mapping[str, str]) -> Layout:
    first: Layout | None = None
    for number, row in rows:
        layout = read_layout([_text(cell) for cell in row], ",", told)
        if set(REQUIRED_FIELDS) <= layout.places.keys():
            check_layout(layout, told)
            return layout
        first = first or layout
        if number >= _HEADING_ROWS:
            break
    if first is None:
        raise SourceError("there is nothing on the sheet")
    check_layout(first, told)
    return first


def _text(value: object) -> str:
    """Записывает значение ячейки: целое — цифрами, как бы его ни хранила книга."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if isinstance(value, bool):
        return str(value).upper()
    return value if isinstance(value, str) else str(value)


def _day(value: object) -> str:
    """Записывает день или время по ISO 8601; каков бы ни был вид прочих, это узнаёт ``times``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value.isoformat() if isinstance(value, datetime) else _text(value)


def _lost(name: str, value: object) -> str | None:
    """Говорит, какое правило нарушает само значение, каким бы ни был его текст."""
    if name == REGISTERED_AT:
        return None if isinstance(value, str | date) else "not_a_time"
    if isinstance(RULES[name], WholeNumber):
        # День вместо числа: формат ячейки — дата, и что за ним, не узнать.
        is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
        return None if is_number else "not_a_whole_number"
    if isinstance(value, bool | date | time | timedelta):
        return "not_text"
    if name == "phone" and isinstance(value, int | float):
        is_whole = isinstance(value, int) or value.is_integer()
        is_kept = is_whole and len(str(int(abs(value)))) < _PHONE.stop
        return None if is_kept else "lost_digits"
    return None


def _look_at_phone(text: str, line: int, mended: Findings, suspicious: Findings) -> None:
    if text.endswith(_ZEROS):
        suspicious.add("phone", Kind.ROUNDED_NUMBER, line, text)
    elif len(text) not in _PHONE:
        suspicious.add("phone", Kind.SHORT_NUMBER, line, text)
    else:
        mended.add("phone", "number_cell", line, text)
