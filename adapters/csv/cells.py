"""Ячейки записи как команда варианту использования: что исправлено и что подозрительно."""

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from attrs import define, field

from adapters.csv.layout import REGISTERED_AT, Layout
from adapters.csv.records import Record
from adapters.csv.suspicion_kinds import Kind
from adapters.csv.suspicions import ESCAPES, Findings, is_ordinary, suspicion
from adapters.csv.times import OLD, TimeReader
from application.register_customer import RegisterCustomerCommand
from domain.customer import RULES
from domain.rules import WholeNumber
from domain.text import ascii_integer

GUARD = "'"
"""Знак, которым от таблиц заслоняют ячейку: с ним она для них текст, а не число и не формула."""

# «'+7…», «'=…»: имя с апострофа начинается, но знака таблиц за ним не бывает.
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])|'(?=\d[\d() -]*$)")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_DECIMALS = re.compile(r"(\d{1,3})[.,]0+")
_BARE_PHONE = re.compile(r"\d{10,15}")
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
    _readers: list[tuple[str, Callable[[Sequence[str]], str]]] = field(init=False)
    # Все поля одним вызовом, когда каждое стоит в одном столбце: обычный файл читается быстрее.
    _take_all: tuple[list[str], Callable[[Sequence[str]], tuple[str, ...]]] | None = field(
        default=None, init=False
    )
    _numbers: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Готовит чтение полей по порядку столбцов."""
        places = self._layout.places
        self._readers = [
            (name, _reader(name, places[name])) for name in sorted(places, key=places.__getitem__)
        ]
        names = [name for name, _ in self._readers]
        if len(names) > 1 and all(len(places[name]) == 1 for name in names):
            self._take_all = names, itemgetter(*(places[name][0] for name in names))
        self._numbers = [name for name in places if isinstance(RULES.get(name), WholeNumber)]

    def __call__(self, record: Record) -> RegisterCustomerCommand:
        """Возвращает команду."""
        line, cells = record
        if self._is_guarded:
            self._look_at_phone(cells, line)
            cells = [cell.removeprefix(GUARD) for cell in cells]
        given: dict[str, Any]
        if self._take_all is None:
            given = {name: read(cells) for name, read in self._readers}
        else:
            names, take = self._take_all
            given = dict(zip(names, take(cells), strict=True))
        if self._null_words or not is_ordinary(given.values(), given.get("phone", "")):
            for name, cell in given.items():
                if cell:
                    given[name] = self._examined(name, cell, line)
        for name in self._numbers:
            given[name] = self._number(name, given[name], line)
        if REGISTERED_AT in given:
            given[REGISTERED_AT] = self._time(given[REGISTERED_AT], line)
        given["idempotency_key"] = f"{self._prefix}{line}"
        return RegisterCustomerCommand(**given)

    def _examined(self, name: str, cell: str, line: int) -> str:
        if cell in self._null_words:
            return ""
        if cell[0] in "'=" and (plain := _unguarded(cell)) != cell:
            self.mended.add(name, "spreadsheet_guard", line, cell)
            cell = plain
        if kind := suspicion(name, cell, self._escapes):
            self.suspicious.add(name, kind, line, cell)
        return cell

    def _look_at_phone(self, cells: Sequence[str], line: int) -> None:
        """Замечает телефон без заслона: файл отказов сохранила таблица, и плюса в нём уже нет."""
        for place in self._layout.places.get("phone", ()):
            if _BARE_PHONE.fullmatch(cells[place]):
                self.suspicious.add("phone", Kind.NUMBER_IN_PHONE, line, cells[place])

    def _time(self, cell: str, line: int) -> datetime | str | None:
        moment = self._read_time(cell)
        if isinstance(moment, datetime) and moment.replace(tzinfo=OLD.tzinfo) < OLD:
            self.suspicious.add(REGISTERED_AT, Kind.OLD_TIME, line, cell)
        return moment

    def _number(self, name: str, cell: str, line: int) -> int | str:
        text = cell.strip()
        if whole := _DECIMALS.fullmatch(text):
            self.mended.add(name, "whole_number", line, cell)
            text = whole[1]
        number = ascii_integer(text)
        return cell if number is None else number


def _reader(name: str, places: Sequence[int]) -> Callable[[Sequence[str]], str]:
    if len(places) == 1:
        [place] = places
        return lambda cells: cells[place]
    separator = _SEPARATORS.get(name, _SEPARATOR)

    def joined(cells: Sequence[str]) -> str:
        parts = (_unguarded(cells[place].strip()) for place in places)
        return separator.join(part for part in parts if part)

    return joined


def _unguarded(cell: str) -> str:
    if formula := _FORMULA.fullmatch(cell):
        return formula[1].replace('""', '"')
    return cell[1:] if _GUARDED.match(cell) else cell
