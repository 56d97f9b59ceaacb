"""Откуда берутся байты: файл, сжатый файл или стандартный ввод."""

import gzip
import hashlib
import io
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import frozen

from application.customer_rows import SourceError

STDIN = "-"

_STDIN_DESCRIPTOR = 0  # POSIX, STDIN_FILENO; sys.stdin у закрытого ввода нет
_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1
_CHUNK = 1 << 16
_DAMAGE = (OSError, EOFError, zlib.error)
_BLOCK = 4096  # байтов: такими блоками пишут на диск и шлют по сети
_FREE = 1 << 20  # байтов внутри, которые разрешены сжатому файлу любой длины
_RATIO = 100  # во столько раз больше своего сжатого файла бывает содержание; у CSV — в десять


@frozen
class Source:
    """Открытый файл.

    Attributes:
        name: как назвать его в сообщениях.
        digest: отпечаток всех его байтов, 32 байта SHA-256.
        size: сколько в нём байтов, до распаковки.
    """

    name: str
    digest: bytes
    size: int
    _file: io.BufferedReader
    _origin: int
    _content: "io.BufferedReader[Any]"

    @property
    def position(self) -> int:
        """Сколько байтов файла уже прочитано, до распаковки."""
        return self._file.tell() - self._origin

    @property
    def is_cut(self) -> bool:
        """Похоже ли, что конца у файла нет: последняя строка обрывается на границе блока диска.

        О сжатом судит сама распаковка.
        """
        if self._content is not self._file or self.size % _BLOCK:
            return False
        # Два байта: в UTF-16 перевод строки занимает оба.
        last = os.pread(self._file.fileno(), 2, self._origin + self.size - 2)
        return not set(last) & set(b"\r\n")

    def is_same_as(self, path: Path) -> bool:
        """Тот же ли это файл, как бы он ни назывался."""
        return os.path.samestat(os.fstat(self._file.fileno()), path.stat())

    def start(self, limit: int) -> bytes:
        """Возвращает начало, не больше ``limit`` байтов; прочтут его потом ещё раз.

        Raises:
            SourceError: файл испорчен с самого начала.
        """
        origin = self._content.tell()
        start = b""
        try:
            while len(start) < limit and (
                part := self._content.read1(min(_CHUNK, limit - len(start)))
            ):
                start += part
        except _DAMAGE as error:
            # Что прочлось до повреждения, загрузится; о нём скажут, когда до него дойдут.
            if not start:
                raise self._damaged(error) from None
        self._content.seek(origin)
        return start

    def whole(self) -> bytes:
        """Возвращает всё содержание, начиная с того, что ещё не прочитано.

        Raises:
            SourceError: файл испорчен.
        """
        origin = self._content.tell()
        try:
            content: bytes = self._content.read()
        except _DAMAGE as error:
            raise self._damaged(error) from None
        self._content.seek(origin)
        return content

    def read(self, limit: int) -> bytes:
        """Читает не больше ``limit`` байтов; в конце файла — ничего.

        Raises:
            SourceError: файл испорчен или перестал читаться.
        """
        try:
            return self._content.read1(limit)
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def readline(self, limit: int) -> bytes:
        """Читает строку вместе с её концом, но не больше ``limit`` байтов; в конце файла — ничего.

        Raises:
            SourceError: файл испорчен или перестал читаться.
        """
        try:
            return self._content.readline(limit)
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> SourceError:
        return SourceError(f"{self.name} is damaged or cut short: {error}")


@contextmanager
def opened_source(path: str) -> Iterator[Source]:
    """Открывает файл; ``-`` — стандартный ввод.

    Что нельзя прочесть второй раз (ввод, канал), переписывается во временный файл: отпечаток всех
    байтов нужен раньше первой записи. Сжатое узнаётся по первым байтам.

    Raises:
        SourceError: файл не открыть, или он пуст.
    """
    name = "standard input" if path == STDIN else path
    with ExitStack() as stack:
        try:
            raw: io.FileIO = stack.enter_context(
                io.FileIO(_STDIN_DESCRIPTOR, closefd=False) if path == STDIN else io.FileIO(path)
            )
            if not raw.seekable():
                # Имени у копии нет: она исчезнет, как бы процесс ни умер.
                copy = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                shutil.copyfileobj(raw, copy, _CHUNK)
                copy.seek(0)
                raw = copy
            source = _examined(name, io.BufferedReader(raw, _CHUNK))
        except OSError as error:
            raise SourceError(f"cannot read {name}: {error.strerror}") from None
        yield source


def _examined(name: str, file: io.BufferedReader) -> Source:
    # Ввод, перенаправленный из файла, начинается там, где остановился прежний читатель.
    origin = file.tell()
    digest = hashlib.file_digest(file, "sha256").digest()
    size = file.tell() - origin
    if not size:
        raise SourceError(f"{name} is empty")
    file.seek(origin)
    if not file.peek(len(_GZIP)).startswith(_GZIP):
        return Source(name, digest, size, file, origin, file)
    _check_unpacked(name, file, size)
    file.seek(origin)
    # Буфер поверх gzip нужен и для скорости: его собственный readline написан на Python.
    content = io.BufferedReader(gzip.GzipFile(fileobj=file), _CHUNK)
    return Source(name, digest, size, file, origin, content)


def _check_unpacked(name: str, file: io.BufferedReader, size: int) -> None:
    """Распаковывает впустую: это в сотни раз быстрее загрузки, а прервать её — оставить половину.

    Длине в конце gzip (RFC 1952, 2.3.1, ISIZE) верить нельзя: её пишет тот же, кто и файл.

    Raises:
        SourceError: внутри намного больше, чем снаружи.
    """
    unpacked = 0
    content = gzip.GzipFile(fileobj=file)
    with suppress(*_DAMAGE):  # что прочлось до повреждения, загрузится
        while part := content.read1(_CHUNK):
            unpacked += len(part)
            if is_bloated(size, unpacked):
                raise SourceError(
                    f"{name} unpacks to more than {_RATIO} times its size: if that is right,"
                    " unpack it (gunzip) and import what was inside"
                )


def is_bloated(size: int, unpacked: int) -> bool:
    """Говорит, намного ли больше сжатого файла его содержание: работа была бы не по длине файла.

    Args:
        size: байтов в файле.
        unpacked: байтов внутри.
    """
    return unpacked > _FREE + _RATIO * size
