"""Дескриптор, в который пишут журнал: целыми строками, а если нельзя писать — сколько можно."""

import os
import select
import stat
from collections.abc import Iterator

# Столько байт канал принимает целиком (POSIX, PIPE_BUF на Linux): строки процессов, которые
# пишут в один канал, не рвут друг друга.
_PIPE_BUF = 4096


class LogDescriptor:
    """Собственный дескриптор того же файла, канала или терминала.

    Attributes:
        failure: почему в последний раз записать не удалось; ``None`` — удалось.
    """

    def __init__(self, descriptor: int, room: int) -> None:
        """Делает дескриптор; флаги данного остаются прежними.

        Args:
            descriptor: чей он.
            room: сколько байтов самое большее писать разом в обычный файл.
        """
        self.number = os.dup(descriptor)
        self.failure: str | None = None
        # Обычный файл принимает целиком любую запись, если есть место.
        is_file = stat.S_ISREG(os.fstat(self.number).st_mode)
        self._part_limit = room if is_file else _PIPE_BUF

    def parts(self, text: bytes) -> Iterator[bytes]:
        """Делит текст на целые строки, сколько их входит в одну запись."""
        start = 0
        while len(text) - start > self._part_limit:
            end = text.rfind(b"\n", start, start + self._part_limit) + 1
            if end == 0:  # и одна строка длиннее
                end = text.find(b"\n", start) + 1 or len(text)
            yield text[start:end]
            start = end
        if start < len(text):
            yield text[start:]

    def put(self, part: bytes) -> bytes:
        """Пишет, сколько бы ни ждал; отдаёт то, чего записать нельзя (канал закрыт, диск полон).

        Полный диск принимает и полстроки, своей или соседнего процесса; поэтому то, что пишется
        после неудачи, начинается с новой строки.
        """
        rest = memoryview(part if self.failure is None else b"\n" + part)
        while rest:
            try:
                rest = rest[os.write(self.number, rest) :]
            except BlockingIOError:  # кто-то другой сделал дескриптор неблокирующим
                ready = select.poll()
                ready.register(self.number, select.POLLOUT)
                ready.poll()
            except OSError as error:
                self.failure = str(error.strerror)
                return bytes(rest[-len(part) :])
        self.failure = None
        return b""

    def close(self) -> None:
        """Закрывает дескриптор."""
        os.close(self.number)
