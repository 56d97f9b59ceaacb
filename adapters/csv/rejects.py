"""Файл отказов и файл уже бывших: строки со сказанным о них; отказы можно исправить и загрузить."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from adapters.csv.file import CsvFile
from adapters.csv.layout import ALREADY_COLUMNS, REJECT_COLUMNS, Layout
from adapters.csv.rows_file import RowsFile, opened_rows_file
from application.customer_rows import AlreadyThereRows, CustomerRow, RejectedRows
from domain.errors import BrokenRule

_SIGNS = {"\n": "line_break", "\r": "line_break", "\t": "tab"}
# Категории Unicode: управляющие знаки и половинки суррогатных пар; в адресе почты — ещё знаки
# форматирования и пробелы особой ширины.
_UNSEEN = {"control_character": ("Cc", "Cs"), "invalid_email": ("Cc", "Cs", "Cf", "Zs")}


@frozen
class Rejects(RejectedRows):
    """Отказы, которые сейчас пишутся: исправленное загружает та же команда."""

    _rows: RowsFile
    _layout: Layout
    _explain: Callable[[BrokenRule], str]

    def write(self, row: CustomerRow, broken: Sequence[BrokenRule]) -> None:
        """Записывает строку с её номером, нарушениями и ячейками, как они есть."""
        fields = ", ".join(rule.field for rule in broken)
        codes = ", ".join(rule.code for rule in broken)
        texts = "; ".join(f"{self._named(rule)}: {self._text(rule, row)}" for rule in broken)
        told = [row.line, fields, codes, texts]
        if row.is_unreadable:
            self._rows.write_unreadable(told, row.cells[0])
        else:
            self._rows.write(told, row.cells)

    def keep(self) -> Path | None:
        """Даёт файлу его имя и возвращает его; без отказов файла не будет."""
        return self._rows.keep()

    def _named(self, rule: BrokenRule) -> str:
        """Называет поле, а если столбцы названы иначе, то и их."""
        places = self._layout.places.get(rule.field, ())
        columns = " + ".join(self._layout.names[place].strip() for place in places)
        is_same = columns.casefold() in ("", rule.field)
        return rule.field if is_same else f"{rule.field} ({columns})"

    def _text(self, rule: BrokenRule, row: CustomerRow) -> str:
        """Говорит, что не так; невидимый знак называет с его местом: увидеть его нельзя."""
        if unseen := _UNSEEN.get(rule.code):
            for place in self._layout.places.get(rule.field, ()):
                cell = row.cells[place].strip()
                for position, sign in enumerate(cell, 1):
                    if sign != " " and unicodedata.category(sign) in unseen:
                        code = _SIGNS.get(sign, "invisible_sign")
                        limits = {"position": position, "sign": ord(sign)}
                        return self._explain(BrokenRule(rule.field, code, limits))
        return self._explain(rule)


@frozen
class AlreadyThere(AlreadyThereRows):
    """Уже бывшие, которые сейчас пишутся."""

    _rows: RowsFile

    def write(self, row: CustomerRow, customer_id: int | None, *, is_repeated: bool) -> None:
        """Записывает строку с её номером, номером покупателя и тем, где он уже был."""
        where = "in the file" if is_repeated else "in the database"
        self._rows.write([row.line, customer_id, where], row.cells)

    def keep(self) -> Path | None:
        """Даёт файлу его имя и возвращает его; без строк файла не будет."""
        return self._rows.keep()


@contextmanager
def opened_rejects(
    path: Path, file: CsvFile, explain: Callable[[BrokenRule], str]
) -> Iterator[Rejects]:
    """Даёт записать отказы; если их не оставить (``keep``), от них ничего не останется.

    Args:
        path: где быть файлу.
        file: исходный файл.
        explain: что сказать человеку о нарушенном правиле.

    Raises:
        SourceError: файл не создать, или его уже пишет другой запуск.
    """
    with opened_rows_file(path, file, REJECT_COLUMNS) as rows:
        yield Rejects(rows, file.layout, explain)


@contextmanager
def opened_already_there(path: Path, file: CsvFile) -> Iterator[AlreadyThere]:
    """Даёт записать уже бывших; если их не оставить (``keep``), от них ничего не останется.

    Args:
        path: где быть файлу.
        file: исходный файл.

    Raises:
        SourceError: файл не создать, или его уже пишет другой запуск.
    """
    with opened_rows_file(path, file, ALREADY_COLUMNS) as rows:
        yield AlreadyThere(rows)
