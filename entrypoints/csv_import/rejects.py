"""Файл отказов: отклонённые строки с причинами; его можно исправить и загрузить снова."""

import csv
import fcntl
import filecmp
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from domain.errors import BrokenRule
from entrypoints.csv_import.errors import SourceError
from entrypoints.csv_import.layout import Layout
from entrypoints.csv_import.lines import Encoding

COLUMNS = ("reject_line", "reject_fields", "reject_codes", "reject_text")
"""Столбцы причин; стоят перед столбцами файла, потому что ячеек в строке бывает и больше."""

_BOM = "\ufeff"


class Rejects:
    """Отказы, которые сейчас пишутся.

    Разделитель и кодировка те же, что у исходного файла: исправленное загружает та же команда.
    """

    def __init__(
        self, stream: TextIO, path: Path, layout: Layout, explain: Callable[[BrokenRule], str]
    ) -> None:
        self._stream = stream
        self._path = path
        self._explain = explain
        self._writer = csv.writer(stream, delimiter=layout.delimiter, lineterminator="\n")
        # Загружается исправленный файл отказов: прежние причины в нём уже ни к чему.
        self._dropped = {place for place, name in enumerate(layout.names) if name in COLUMNS}
        self._count = 0
        self._writer.writerow([*COLUMNS, *self._kept(layout.names)])

    def write(self, line: int, broken: Sequence[BrokenRule], cells: Sequence[str]) -> None:
        """Записывает отказ.

        Args:
            line: номер строки исходного файла.
            broken: что нарушено.
            cells: ячейки строки, как они есть.
        """
        self._count += 1
        fields = ", ".join(rule.field for rule in broken)
        codes = ", ".join(rule.code for rule in broken)
        texts = "; ".join(f"{rule.field}: {self._explain(rule)}" for rule in broken)
        self._writer.writerow([line, fields, codes, texts, *self._kept(cells)])

    def keep(self) -> Path | None:
        """Даёт файлу его имя и возвращает его; без отказов файла не будет.

        Прежний файл с другим содержанием остаётся рядом с окончанием ``.old``: в нём могли
        исправлять.
        """
        self._stream.flush()
        if not self._count:
            return None
        part = Path(self._stream.name)
        if self._path.exists() and not filecmp.cmp(part, self._path, shallow=False):
            self._path.replace(_with_ending(self._path, ".old"))
        return part.replace(self._path)

    def _kept(self, cells: Sequence[str]) -> list[str]:
        if not self._dropped:
            return list(cells)
        return [cell for place, cell in enumerate(cells) if place not in self._dropped]


@contextmanager
def opened_rejects(
    path: Path,
    layout: Layout,
    encoding: Encoding,
    *,
    has_bom: bool,
    explain: Callable[[BrokenRule], str],
) -> Iterator[Rejects]:
    """Даёт записать отказы; если их не оставить (``keep``), от них ничего не останется.

    Args:
        path: где быть файлу; пока он пишется, имя кончается на ``.part``.
        layout: строение исходного файла.
        encoding: кодировка исходного файла.
        has_bom: начать ли с отметки порядка байтов.
        explain: что сказать человеку о нарушенном правиле.

    Raises:
        SourceError: файл не создать, или его уже пишет другой запуск.
    """
    part = _with_ending(path, ".part")
    try:
        stream = part.open(
            "a", encoding=encoding, errors="backslashreplace", newline="", opener=_private
        )
    except OSError as error:
        raise SourceError(
            f"cannot write {part}: {error.strerror}; --rejects names another place"
        ) from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError(f"{part} is being written by another import") from None
        stream.truncate(0)  # осталось от убитого запуска
        if has_bom:
            stream.write(_BOM)
        try:
            yield Rejects(stream, path, layout, explain)
        finally:
            part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    # Личные данные никому другому; по чужой ссылке в общей папке — никуда.
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _with_ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
