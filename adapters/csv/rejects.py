"""Файл отказов: отклонённые строки с причинами; его можно исправить и загрузить снова."""

import csv
import fcntl
import filecmp
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from adapters.csv.file import REJECT_COLUMNS, CsvFile
from adapters.csv.layout import Layout
from application.customer_rows import CustomerRow, RejectedRows, SourceError
from domain.errors import BrokenRule

_BOM = "\ufeff"


class Rejects(RejectedRows):
    """Отказы, которые сейчас пишутся.

    Разделитель и кодировка те же, что у исходного файла: исправленное загружает та же команда.

    Attributes:
        is_kept: файл получил своё имя.
    """

    def __init__(
        self,
        stream: TextIO,
        part: Path,
        path: Path,
        layout: Layout,
        explain: Callable[[BrokenRule], str],
    ) -> None:
        self._stream = stream
        self._part = part
        self._path = path
        self._explain = explain
        # Конец строки по RFC 4180: иначе csv не взял бы в кавычки одинокий CR внутри ячейки.
        self._writer = csv.writer(stream, delimiter=layout.delimiter)
        # Загружается исправленный файл отказов: прежние причины в нём уже ни к чему.
        self._dropped = {place for place, name in enumerate(layout.names) if name in REJECT_COLUMNS}
        self._count = 0
        self.is_kept = False
        self._writer.writerow([*REJECT_COLUMNS, *self._kept(layout.names)])

    def write(self, row: CustomerRow, broken: Sequence[BrokenRule]) -> None:
        """Записывает строку с её номером, нарушениями и ячейками, как они есть."""
        self._count += 1
        fields = ", ".join(rule.field for rule in broken)
        codes = ", ".join(rule.code for rule in broken)
        texts = "; ".join(f"{rule.field}: {self._explain(rule)}" for rule in broken)
        self._writer.writerow([row.line, fields, codes, texts, *self._kept(row.cells)])

    def keep(self) -> Path | None:
        """Даёт файлу его имя и возвращает его; без отказов файла не будет.

        Прежний файл с другим содержанием остаётся рядом с окончанием ``.old``, а если и такой уже
        есть — ``.old2`` и так далее: в них могли исправлять.
        """
        self._stream.flush()
        if not self._count:
            return None
        if self._path.exists() and not filecmp.cmp(self._part, self._path, shallow=False):
            self._path.replace(_free_name(self._path))
        self.is_kept = True
        return self._part.replace(self._path)

    def _kept(self, cells: Sequence[str]) -> list[str]:
        if not self._dropped:
            return list(cells)
        return [cell for place, cell in enumerate(cells) if place not in self._dropped]


@contextmanager
def opened_rejects(
    path: Path, file: CsvFile, explain: Callable[[BrokenRule], str]
) -> Iterator[Rejects]:
    """Даёт записать отказы; если их не оставить (``keep``), от них ничего не останется.

    Args:
        path: где быть файлу; пока он пишется, имя кончается на ``.part``.
        file: исходный файл.
        explain: что сказать человеку о нарушенном правиле.

    Raises:
        SourceError: файл не создать, или его уже пишет другой запуск.
    """
    try:
        _check_place(path, file)
        part = _with_ending(path, ".part")
        # Личные данные никому другому; по чужой ссылке в общей папке — никуда.
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, 0o600)
    except OSError as error:
        raise _unwritable(error.filename, error) from None
    stream = open(  # noqa: PTH123, SIM115 — открывается дескриптор; закрыть может не дать диск
        descriptor, "w", encoding=file.encoding, errors="backslashreplace", newline=""
    )
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _check_is_still(part, descriptor)
        _close_to_others(part, descriptor)
        stream.truncate(0)  # осталось от убитого запуска
        if file.has_bom:
            stream.write(_BOM)
        rejects = Rejects(stream, part, path, file.layout, explain)
        try:
            yield rejects
        finally:
            if not rejects.is_kept:
                with suppress(OSError):  # исход загрузки важнее того, что убрать нечего
                    part.unlink()
    except BlockingIOError:
        raise SourceError(f"{part} is being written by another import") from None
    finally:
        # Оставленное уже записано, а брошенному полный диск не помеха.
        with suppress(OSError):
            stream.close()


def _check_place(path: Path, file: CsvFile) -> None:
    """Проверяет, что отказы не лягут на загружаемый файл или на то, что не файл.

    Raises:
        SourceError: лягут.
        OSError: имени такого не бывает.
    """
    if path.is_dir():
        raise SourceError(f"cannot write {path}: it is a folder")
    for taken in (path, _with_ending(path, ".part")):
        if not taken.exists():
            continue
        if file.source.is_same_as(taken):
            raise SourceError(f"cannot write {taken}: it is the file to import")
        if not taken.is_file():
            # Под root переименовалось бы и устройство: /dev/null одно на всю машину.
            raise SourceError(f"cannot write {taken}: it is not a regular file")


def _close_to_others(path: Path, descriptor: int) -> None:
    """Закрывает от прочих и тот файл, что остался от другого.

    Raises:
        SourceError: он чужой.
    """
    try:
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path | str, error: OSError) -> SourceError:
    return SourceError(f"cannot write {path}: {error.strerror}; --rejects names another place")


def _check_is_still(path: Path, descriptor: int) -> None:
    """Проверяет, что другой запуск не оставил этого файла под другим именем, пока ждали замка.

    Raises:
        BlockingIOError: оставил: писать в него нельзя.
    """
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return
    raise BlockingIOError


def _free_name(path: Path) -> Path:
    endings = chain([".old"], (f".old{number}" for number in count(2)))
    names = (_with_ending(path, ending) for ending in endings)
    return next(name for name in names if not name.exists())


def _with_ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
