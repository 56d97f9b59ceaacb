"""Физические строки файла: до перевода строки, не длиннее предела, расшифрованные порознь."""

from collections import deque
from collections.abc import Callable, Sequence

from attrs import frozen

from adapters.csv.encodings import MAX_LINES
from adapters.csv.source import Source
from adapters.csv.transcoding import UTF_8
from application.customer_rows import SourceError

MAX_LINE = 64 * 1024
"""Байтов в строке; верный покупатель в сто раз короче."""

_BOM = b"\xef\xbb\xbf"
_SHOWN = 200  # знаков от негодной строки остаётся в файле отказов


@frozen
class BadLine:
    """Строка, которую не прочесть.

    Attributes:
        code: что с ней не так.
        start: её начало, насколько оно читается.
    """

    code: str
    start: str


class Lines:
    """Читает строки по порядку; прочитанные можно вернуть.

    Attributes:
        number: номер последней прочитанной строки, с единицы.
        has_bom: файл начинается с отметки порядка байтов UTF-8.
        undecoded: первые из строк, которые не в кодировке файла.
    """

    def __init__(self, source: Source, encoding: str) -> None:
        self.number = 0
        self.has_bom = False
        self.undecoded: list[bytes] = []
        self._read: Callable[[int], bytes] = source.readline
        self._encoding = encoding
        self._returned: deque[str | BadLine] = deque()
        self._failure: SourceError | None = None

    def take(self) -> str | BadLine | None:
        """Возвращает следующую строку вместе с её концом; ``None`` — строк больше нет.

        Raises:
            application.customer_rows.SourceError: файл испорчен.
        """
        line = self._returned.popleft() if self._returned else self._next()
        if line is not None:
            self.number += 1
        return line

    def give_back(self, lines: Sequence[str | BadLine]) -> None:
        """Возвращает последние прочитанные строки: их прочтут ещё раз."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)

    def fail(self, failure: SourceError) -> None:
        """Узнаёт, что дальше возвращённых строк файл не читается: об этом скажут в свой черёд."""
        self._failure = failure

    def stop(self) -> None:
        """Больше не читает: дальше как будто конец файла."""
        self._read = _nothing

    def _next(self) -> str | BadLine | None:
        if self._failure is not None:
            raise self._failure
        line = self._read(MAX_LINE)
        if not line:
            return None
        is_too_long = len(line) == MAX_LINE and not line.endswith(b"\n")
        # Посреди файла отметка остаётся от склеенных: с нею кавычка ячейку не открыла бы.
        if line.startswith(_BOM) and self._encoding == UTF_8:
            self.has_bom = self.has_bom or self.number == 0
            line = line.removeprefix(_BOM)
        if is_too_long:
            self._skip_rest()
            return BadLine("line_too_long", self._start_of(line))
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            if len(self.undecoded) < MAX_LINES:
                self.undecoded.append(line)
            return BadLine("wrong_encoding", self._start_of(line))

    def _skip_rest(self) -> None:
        while (part := self._read(MAX_LINE)) and not part.endswith(b"\n"):
            pass

    def _start_of(self, line: bytes) -> str:
        return line.rstrip(b"\r\n").decode(self._encoding, "backslashreplace")[:_SHOWN]


def _nothing(_limit: int) -> bytes:
    return b""
