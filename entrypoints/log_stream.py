"""Запись журнала в поток: строки одного оборота цикла событий — одним вызовом системы."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

# Столько байт канал принимает целиком (POSIX, PIPE_BUF на Linux): строки процессов, которые
# пишут в один канал, не рвут друг друга.
_PIPE_BUF = 4096


class LogStream(logging.Handler):
    """Копит строки до конца оборота; вне цикла событий и с WARNING пишет сразу.

    Конец процесса, и обычный, и от исключения, строк не теряет: их допишет
    ``logging.shutdown``. ``kill -9`` теряет строки последнего оборота.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: list[str] = []
        self._scheduled_on: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Принимает строку."""
        try:
            self._lines.append(self.format(record))
            loop = asyncio.get_running_loop() if record.levelno < logging.WARNING else None
        except RuntimeError:
            loop = None
        except Exception:  # noqa: BLE001 — журнал не роняет того, кто пишет
            self.handleError(record)
            return
        if loop is None:
            self.flush()
        elif loop is not self._scheduled_on:
            self._scheduled_on = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Пишет всё накопленное."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            self._scheduled_on = None
            start = length = 0
            for end, line in enumerate(lines):
                size = self._size(line)
                length += size
                if length > _PIPE_BUF:
                    self._write(lines[start:end])
                    start, length = end, size
            self._write(lines[start:])
        finally:
            self.release()

    def _size(self, line: str) -> int:
        """Сколько байтов займёт строка; знак не из кодировки — столько, сколько его замена."""
        if line.isascii():
            return len(line) + 1
        encoding = self._stream.encoding or "utf-8"  # у StringIO её нет
        return len(line.encode(encoding, "backslashreplace")) + 1

    def _write(self, lines: Sequence[str]) -> None:
        # Канал закрыт или диск полон: служить покупателям важнее, чем писать об этом.
        with suppress(OSError, ValueError):
            if lines:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
