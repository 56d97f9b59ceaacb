"""Ячейки записи как команда варианту использования: что исправлено и что подозрительно."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from attrs import define, field

from adapters.csv.findings import Findings
from adapters.csv.layout import REGISTERED_AT, Layout
from adapters.csv.mending import unwrapped, whole_number, without_guard, without_odd_signs
from adapters.csv.records import Record
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import ESCAPES, suspicion
from adapters.csv.times import OLD, TimeReader
from adapters.csv.usual_rows import is_usual_cell, usual_row
from application.register_customer import RegisterCustomerCommand
from domain.customer import RULES
from domain.rules import WholeNumber
from domain.text import ascii_integer

GUARD = "'"
"""Знак, которым от таблиц заслоняют ячейку: с ним она для них текст, а не число и не формула."""

_BARE_PHONE = re.compile(r"\d{10,15}")
_SHORT = 4  # цифр в числе, о котором и думать нечего
_CODED = ("gender", "country")  # поля, где бывает и номер вместо слова
_SEPARATORS = {"name": " "}
_SEPARATOR = ", "


def key_prefix(digest: bytes, meaning: str) -> str:
    """Возвращает начало ключей идемпотентности: остаётся добавить номер строки.

    Одно у всех запусков с теми же байтами и тем же их смыслом: второй запуск узнаёт по ключам
    записанное первым.

    Args:
        digest: отпечаток байтов файла.
        meaning: от чего, кроме байтов, зависит смысл ячеек.
    """
    return f"import:{hashlib.sha256(digest + meaning.encode()).hexdigest()[:32]}:"


@define
class CommandMaker:
    """Строит команды из записей с верным числом ячеек.

    Правил полей здесь нет: о них знает предметная область. В CSV всё текст, и числом становятся
    цифры в поле, где ждут числа. Исправляется только однозначное: заслон от таблиц и дробь ``.0``.

    Attributes:
        suspicious: подозрительные ячейки.
        mended: исправленные.
    """

    _layout: Layout
    _prefix: str
    _null_words: Collection[str] = ()
    _is_guarded: bool = False
    _escapes: re.Pattern[str] | None = ESCAPES
    _read_time: TimeReader = field(factory=TimeReader)
    suspicious: Findings = field(factory=Findings)
    mended: Findings = field(factory=Findings)
    _names: list[str] = field(init=False)
    _take: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)
    _is_usual: Callable[[Sequence[str]], bool] = field(init=False)
    _take_time: Callable[[Sequence[str]], str] | None = field(default=None, init=False)
    _numbers: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Готовит чтение полей по порядку столбцов; время читается отдельно."""
        places = dict(self._layout.places)
        if REGISTERED_AT in places:
            self._take_time = _reader(REGISTERED_AT, places.pop(REGISTERED_AT))
        self._names = sorted(places, key=places.__getitem__)
        self._take = _taker({name: places[name] for name in self._names})
        self._is_usual = usual_row(self._names)
        self._numbers = [name for name in places if isinstance(RULES.get(name), WholeNumber)]

    def __call__(self, record: Record) -> RegisterCustomerCommand:
        """Возвращает команду."""
        line, cells = record
        if self._is_guarded:
            self._look_at_phone(cells, line)
            cells = [cell.removeprefix(GUARD) for cell in cells]
        values = self._take(cells)
        given: dict[str, Any] = dict(zip(self._names, values))  # noqa: B905 — полей поровну
        if self._null_words or not self._is_usual(values):
            for name, cell in given.items():
                if cell:
                    given[name] = self._examined(name, cell, line)
        for name in self._numbers:
            given[name] = self._number(name, given[name], line)
        if self._take_time is not None:
            given[REGISTERED_AT] = self._time(self._take_time(cells), line)
        given["idempotency_key"] = f"{self._prefix}{line}"
        return RegisterCustomerCommand(**given)

    def _examined(self, name: str, cell: str, line: int) -> str:
        if cell in self._null_words:
            return ""
        if is_usual_cell(name, cell):
            return cell
        if cell[0] in "'=":
            cell = self._mended(name, "spreadsheet_guard", line, cell, without_guard(cell))
        # Первым: обёртка адреса — не порча, а похожа бывает и на метку HTML, и на коды знаков.
        cell = self._mended(name, "wrapping", line, cell, unwrapped(name, cell))
        kind = suspicion(name, cell, self._escapes)
        if kind is None:
            # Испорченное не исправляют, а спрятанное невидимым знаком видно, когда его снимут.
            plain = without_odd_signs(name, cell)
            given, cell = cell, self._mended(name, "invisible_sign", line, cell, plain)
            cell = self._mended(name, "wrapping", line, cell, unwrapped(name, cell))
            kind = suspicion(name, cell, self._escapes) if cell != given else None
        if kind is not None:
            self.suspicious.add(name, kind, line, cell)
        elif name in _CODED and (whole := whole_number(cell.strip())):
            cell = self._mended(name, "whole_number", line, cell, whole)
        return cell

    def _mended(self, name: str, kind: str, line: int, cell: str, plain: str) -> str:
        if plain != cell:
            self.mended.add(name, kind, line, cell)
        return plain

    def _look_at_phone(self, cells: Sequence[str], line: int) -> None:
        """Замечает телефон без заслона: файл отказов сохранила таблица, и плюса в нём уже нет."""
        for place in self._layout.places.get("phone", ()):
            if _BARE_PHONE.fullmatch(cells[place]):
                self.suspicious.add("phone", Kind.NUMBER_IN_PHONE, line, cells[place])

    def _time(self, cell: str, line: int) -> datetime | str | None:
        if cell and (self._null_words or not cell[0].isdigit()):
            cell = self._examined(REGISTERED_AT, cell, line)
        moment = self._read_time(cell)
        if isinstance(moment, datetime) and moment.replace(tzinfo=OLD.tzinfo) < OLD:
            self.suspicious.add(REGISTERED_AT, Kind.OLD_TIME, line, cell)
        return moment

    def _number(self, name: str, cell: str, line: int) -> int | str:
        if len(cell) <= _SHORT and cell.isascii() and cell.isdigit():
            return int(cell)  # так пишут почти все
        text = cell.strip()
        if whole := whole_number(text):
            self.mended.add(name, "whole_number", line, cell)
            text = whole
        number = ascii_integer(text)
        return cell if number is None else number


def _taker(places: Mapping[str, Sequence[int]]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Чтение всех полей; одним вызовом, если каждое стоит в одном столбце, как обычно."""
    if all(len(found) == 1 for found in places.values()):
        return itemgetter(*(found[0] for found in places.values()))
    readers = [_reader(name, found) for name, found in places.items()]
    return lambda cells: tuple([read(cells) for read in readers])


def _reader(name: str, places: Sequence[int]) -> Callable[[Sequence[str]], str]:
    if len(places) == 1:
        [place] = places
        return lambda cells: cells[place]
    separator = _SEPARATORS.get(name, _SEPARATOR)

    def joined(cells: Sequence[str]) -> str:
        parts = (without_guard(cells[place].strip()) for place in places)
        return separator.join(part for part in parts if part)

    return joined
