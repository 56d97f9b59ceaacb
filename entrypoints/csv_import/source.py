"""Откуда берутся байты: файл, сжатый файл или стандартный ввод."""

import gzip
import hashlib
import io
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from attrs import frozen

from entrypoints.csv_import.errors import SourceError

STDIN = "-"

_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1
_CHUNK = 1 << 16


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
    _file: BinaryIO
    _origin: int
    _content: io.BufferedReader

    @property
    def position(self) -> int:
        """Сколько байтов файла уже прочитано, до распаковки."""
        return self._file.tell() - self._origin

    def readline(self, limit: int) -> bytes:
        """Читает строку вместе с её концом, но не больше ``limit`` байтов; в конце файла — ничего.

        Raises:
            SourceError: файл испорчен или перестал читаться.
        """
        try:
            return self._content.readline(limit)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"{self.name} is damaged or cut short: {error}") from None


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
            given = (
                sys.stdin.buffer if path == STDIN else stack.enter_context(Path(path).open("rb"))
            )
            file = given if given.seekable() else stack.enter_context(_spooled(given))
            source = _examined(name, file)
        except OSError as error:
            raise SourceError(f"cannot read {name}: {error.strerror}") from None
        yield source


def _spooled(stream: BinaryIO) -> BinaryIO:
    # Имени у такого файла нет: он исчезнет, как бы процесс ни умер.
    copy = tempfile.TemporaryFile()
    shutil.copyfileobj(stream, copy, _CHUNK)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _examined(name: str, file: BinaryIO) -> Source:
    # Ввод, перенаправленный из файла, начинается там, где остановился прежний читатель.
    origin = file.tell()
    digest = hashlib.file_digest(file, "sha256").digest()
    size = file.tell() - origin
    if not size:
        raise SourceError(f"{name} is empty")
    file.seek(origin)
    is_compressed = file.read(len(_GZIP)) == _GZIP
    file.seek(origin)
    content = gzip.GzipFile(fileobj=file) if is_compressed else file
    # Поверх gzip буфер нужен и для скорости: его собственный readline написан на Python.
    return Source(name, digest, size, file, origin, io.BufferedReader(content, _CHUNK))
