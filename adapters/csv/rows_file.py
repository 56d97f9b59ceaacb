"""Файл строк для оператора: личные данные никому другому, имя получает только дописанный."""

import csv
import fcntl
import filecmp
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from adapters.csv.cells import GUARD
from adapters.csv.file import CsvFile
from application.customer_rows import SourceError

_BOM = "\ufeff"
_PART = ".part"  # окончание имени, пока файл пишется
# Формула, число со знаком или нулями, дата: таблица сохранила бы не то, что прочла (CWE-1236).
_RISKY = re.compile(r"['=+\-@\t\r]|\d(?!\d{0,9}$)|0\d")


class RowsFile:
    """Строки, которые сейчас пишутся.

    Разделитель и кодировка те же, что у исходного файла. Ячейку, с которой таблица сделала бы
    что-то своё, заслоняет апостроф: с ним она останется текстом и после сохранения.

    Attributes:
        is_kept: файл получил своё имя.
    """

    def __init__(
        self, stream: TextIO, part: Path, path: Path, file: CsvFile, columns: Sequence[str]
    ) -> None:
        self._stream = stream
        self._part = part
        self._path = path
        # Конец строки по RFC 4180: иначе csv не взял бы в кавычки одинокий CR внутри ячейки.
        self._writer = csv.writer(stream, delimiter=file.layout.delimiter)
        self._width = len(file.layout.names)
        self._own = file.layout.own_columns
        self._count = 0
        self.is_kept = False
        if file.has_bom:
            stream.write(_BOM)
        self._writer.writerow([*columns, *file.layout.names[self._own :]])

    def write(self, told: Sequence[object], cells: Sequence[str]) -> None:
        """Записывает строку: сначала сказанное о ней, потом её ячейки без столбцов о прежней.

        Raises:
            OSError: записать не удалось; ошибка называет файл.
        """
        self._put([*told, *map(guarded, cells[self._own :])])

    def write_unreadable(self, told: Sequence[object], start: str) -> None:
        """Записывает строку, которую не прочесть: ячеек в ней столько же, сколько столбцов.

        Raises:
            OSError: записать не удалось; ошибка называет файл.
        """
        self._put([*told, guarded(start), *[""] * (self._width - self._own - 1)])

    def keep(self) -> Path | None:
        """Даёт файлу его имя и возвращает его; без строк файла не будет.

        Прежний файл с другим содержанием остаётся рядом с окончанием ``.old``, а если и такой уже
        есть — ``.old2`` и так далее: в них могли исправлять.

        Raises:
            OSError: записать не удалось; ошибка называет файл.
        """
        if not self._count:
            return None
        with self._named():
            self._stream.flush()
            if self._path.exists() and not filecmp.cmp(self._part, self._path, shallow=False):
                self._path.replace(_free_name(self._path))
            self.is_kept = True
            self._part.replace(self._path)
        return self._path

    def _put(self, cells: Sequence[object]) -> None:
        self._count += 1
        with self._named():
            self._writer.writerow(cells)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # О дескрипторе система имени не говорит, а имени с .part оператор не называл.
            error.filename = str(self._path)
            raise


def guarded(cell: str) -> str:
    """Возвращает ячейку, которую таблица оставит как есть."""
    return GUARD + cell if _RISKY.match(cell) else cell


@contextmanager
def opened_rows_file(path: Path, file: CsvFile, columns: Sequence[str]) -> Iterator[RowsFile]:
    """Даёт записать строки; если их не оставить (``keep``), от них ничего не останется.

    Args:
        path: где быть файлу; пока он пишется, имя кончается на ``.part``.
        file: исходный файл.
        columns: столбцы перед столбцами исходного файла.

    Raises:
        SourceError: файл не создать, или его уже пишет другой запуск.
    """
    try:
        _check_place(path, file)
        part = _with_ending(path, _PART)
        # Личные данные никому другому; по чужой ссылке в общей папке — никуда.
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, 0o600)
    except OSError as error:
        raise _unwritable(_obstacle(path), error) from None
    stream = open(  # noqa: PTH123, SIM115 — открывается дескриптор; закрыть может не дать диск
        descriptor, "w", encoding=file.encoding, errors="backslashreplace", newline=""
    )
    try:
        _lock(part, stream)
        _close_to_others(part, descriptor)
        stream.truncate(0)  # осталось от убитого запуска
        rows = RowsFile(stream, part, path, file, columns)
        try:
            yield rows
        finally:
            if not rows.is_kept:
                with suppress(OSError):  # исход загрузки важнее того, что убрать нечего
                    part.unlink()
    finally:
        # Оставленное уже записано, а брошенному полный диск не помеха.
        with suppress(OSError):
            stream.close()


def check_apart(rejects: Path, already: Path) -> None:
    """Проверяет, что отказы и уже бывшие не лягут в один файл, как бы его ни назвали.

    Raises:
        SourceError: лягут.
    """
    if os.path.realpath(rejects) == os.path.realpath(already) or _is_one_file(rejects, already):
        raise SourceError(
            "--already and --rejects (FILE.rejects.csv by default) name the same file,"
            f" {already}; name another place for one of them"
        )
    for path, other in ((rejects, already), (already, rejects)):
        if os.path.realpath(f"{path}{_PART}") == os.path.realpath(other):
            raise SourceError(
                f"cannot write {other}: {path} is called so while it is written;"
                " name another place for one of them"
            )


def _is_one_file(path: Path, other: Path) -> bool:
    """Жёсткая ли это ссылка на тот же файл, или буквы разного размера там, где они одно."""
    with suppress(OSError):  # ещё не записан
        return path.samefile(other)
    return False


def _check_place(path: Path, file: CsvFile) -> None:
    """Проверяет, что отказы не лягут на загружаемый файл или на то, что не файл.

    Raises:
        SourceError: лягут.
        OSError: имени такого не бывает.
    """
    if path.is_dir():
        raise SourceError(f"cannot write {path}: it is a folder")
    for taken in (path, _with_ending(path, _PART)):
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


def _obstacle(path: Path) -> Path:
    """Что назвать: чего оператор не называл, только если оно и мешает."""
    part = _with_ending(path, _PART)
    return part if os.path.lexists(part) else path


def _unwritable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"cannot write {path}: {error.strerror}; name another place for it")


def _lock(path: Path, stream: TextIO) -> None:
    """Запирает файл от других запусков.

    Raises:
        SourceError: другой его пишет или, пока ждали замка, уже оставил под другим именем.
    """
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return
    raise SourceError(f"{path} is being written by another import")


def _free_name(path: Path) -> Path:
    endings = chain([".old"], (f".old{number}" for number in count(2)))
    names = (_with_ending(path, ending) for ending in endings)
    return next(name for name in names if not name.exists())


def _with_ending(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
