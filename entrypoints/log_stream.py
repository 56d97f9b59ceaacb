"""Запись журнала: ни цикл событий, ни остановка не ждут того, кто его читает.

Пишет отдельный поток: записи в канал, терминал или сокет, которых никто не читает, нет конца, а
O_NONBLOCK достался бы всем, у кого тот же дескриптор (POSIX, open: эти флаги у них общие).
"""

import io
import logging
import os
import time
from collections.abc import Buffer, Callable
from math import inf, isfinite
from queue import SimpleQueue
from threading import Event, RLock, Thread
from typing import TextIO

from entrypoints.log_descriptor import LogDescriptor

_ROOM = 4 << 20  # байтов ждут читателя: около секунды под полной нагрузкой
# Поток будят не чаще, чем раз за столько секунд. Замок интерпретатора под нагрузкой почти всегда
# занят; пока поток его ждёт, цикл событий будит его при каждом своём шаге, и всё напрасно.
_PACE = 0.1
_GLANCE = 0.001  # секунд между взглядами на то, сколько уже записано
_STANDSTILL = 1.0  # секунд, за которые не принято ни байта: читать некому
LAST_WORDS = 3.0
"""Столько секунд, самое большее, конец сервиса ждёт читателя журнала."""
_UNREAD = "nobody read it"
_LOG = "crm_api.log"


class LogStream(logging.Handler):
    """Копит строки, а пишет их поток; сверх ``_ROOM`` байтов строки теряются и считаются.

    Теряется и то, чего записать нельзя: диск полон. Когда читатель или место вернулись, одна
    строка говорит, сколько потеряно и почему. Конец процесса, и обычный, и от исключения, ничего
    не теряет, пока читатель читает: остальное допишет ``logging.shutdown``. ``kill -9`` теряет ещё
    не записанное.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        patience: float = LAST_WORDS,
        count_lost: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Создаёт обработчик и его поток.

        Args:
            stream: куда писать; пишется прямо в его дескриптор, флаги которого остаются прежними.
                Если его закроют, строки всё равно придут туда же, а не в файл, которому достался
                освободившийся номер.
            patience: сколько секунд, самое большее, конец процесса ждёт читателя; того, кто и за
                секунду ничего не прочёл, — секунду. Бесконечность — сколько понадобится.
            count_lost: узнаёт, сколько строк только что потеряно.
        """
        super().__init__()
        self._patience = patience
        self._standstill = _STANDSTILL if isfinite(patience) else inf
        self._descriptor = LogDescriptor(stream.fileno(), _ROOM)
        self._count_lost = count_lost
        self._guard = RLock()  # того, что ниже; не держится, пока пишется
        self._waiting: list[bytes] = []
        self._accepted = self._written = self._lost = 0
        self._lost_because = _UNREAD
        self._is_full = False
        self._is_closed = False
        self._is_awake = False
        # Очередь, а не Event: разбудить ею поток не стоит ни одного вызова Python.
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._is_urgent = Event()
        Thread(target=self._run, name="log", daemon=True).start()

    @property
    def is_terminal(self) -> bool:
        """Пишется ли в терминал."""
        return os.isatty(self._descriptor.number)

    def handle(self, record: logging.LogRecord) -> bool:
        """Принимает строку; замок, который logging берёт вокруг ``emit``, здесь свой, поуже."""
        is_wanted = not self.filters or bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        """Принимает строку."""
        try:
            line = self._encoded(record)
        except Exception:  # noqa: BLE001 — журнал не роняет того, кто пишет
            self.handleError(record)
            return
        self.accept(line, is_urgent=record.levelno >= logging.WARNING)

    def accept(self, text: bytes, *, is_urgent: bool) -> None:
        """Принимает текст: целые строки или начало и продолжение одной.

        Args:
            text: он сам.
            is_urgent: не ждать, пока накопится.
        """
        with self._guard:
            # Раз потеряв, теряет и дальше, пока не взято накопленное: потерянное идёт подряд.
            if self._is_full or self._accepted + len(text) - self._written > _ROOM:
                self._is_full = True
                self._lose(text)
            else:
                self._waiting.append(text)
                self._accepted += len(text)
        if not self._is_awake:
            self._is_awake = True
            self._wakes.put(None)
        if is_urgent:
            self._is_urgent.set()

    def flush(self) -> None:
        """Ждёт, пока всё принятое не запишется, насколько хватит терпения."""
        now = time.monotonic()
        deadline, moved, written = now + self._patience, now, self._written
        while self._accepted > self._written and now < min(deadline, moved + self._standstill):
            self._is_urgent.set()
            time.sleep(_GLANCE)
            now = time.monotonic()
            if written != self._written:
                moved, written = now, self._written

    def close(self) -> None:
        """Отпускает поток: тот допишет, что осталось, и кончится."""
        self._is_closed = True
        self._wakes.put(None)
        self._is_urgent.set()
        super().close()

    def text(self) -> TextIO:
        """Возвращает поток, написанное в который идёт тем же путём и в том же порядке."""
        return io.TextIOWrapper(
            _Text(self, self._descriptor.number),  # type: ignore[type-var]  # write_through: буфер не нужен
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )

    def _encoded(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode("utf-8", "backslashreplace")

    def _lose(self, text: bytes) -> None:
        count = text.count(b"\n")
        self._lost += count
        self._count_lost(count)

    def _run(self) -> None:
        while not self._is_closed or self._waiting:
            self._wakes.get()
            self._is_awake = False
            self._write_waiting()
            # Потом, а не сначала: строка, которая в тишине пришла одна, записана сразу.
            self._is_urgent.wait(_PACE)
            self._is_urgent.clear()
        self._descriptor.close()

    def _write_waiting(self) -> None:
        with self._guard:
            texts, self._waiting = self._waiting, []
            lost, self._lost = self._lost, 0
            self._is_full = False
            told = self._encoded(_about(lost, self._lost_because)) if lost else b""
            self._accepted += len(told)
        for part in self._descriptor.parts(b"".join(texts)):
            if unwritten := self._put(part):
                with self._guard:
                    self._lose(unwritten)
            self._written += len(part)
        if told:
            if self._put(told):
                with self._guard:
                    self._lost += lost  # о них скажет следующая
            else:
                self._lost_because = _UNREAD
            self._written += len(told)

    def _put(self, part: bytes) -> bytes:
        """Пишет и возвращает то, чего записать нельзя; причина запоминается."""
        unwritten = self._descriptor.put(part)
        if unwritten:
            self._lost_because = f"they could not be written ({self._descriptor.failure})"
        return unwritten


def without_waiting(stream: TextIO, *, patience: float = LAST_WORDS) -> TextIO:
    """Возвращает поток, который пишет туда же, но читателя не ждёт; кроме конца процесса.

    Если он уже таков или за ним нет дескриптора, возвращается он сам.
    """
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, _Text):
        return stream
    try:
        return LogStream(stream, patience=patience).text()
    except io.UnsupportedOperation:
        return stream


def _about(lost: int, reason: str) -> logging.LogRecord:
    told = "%d lines of the log were lost: %s"
    return logging.LogRecord(_LOG, logging.WARNING, "", 0, told, (lost, reason), None)


class _Text(io.RawIOBase):
    """Пишет туда же, куда журнал: сообщения об ошибках и следы исключений тоже никого не держат."""

    def __init__(self, log: LogStream, descriptor: int) -> None:
        self._log = log
        self._descriptor = descriptor

    def writable(self) -> bool:
        """Отвечает ``io``, что сюда можно писать."""
        return True

    def fileno(self) -> int:
        """Даёт описатель потока, в который пишет журнал."""
        return self._descriptor

    def isatty(self) -> bool:
        """Говорит, терминал ли это."""
        return os.isatty(self._descriptor)

    def write(self, data: Buffer) -> int:
        """Отдаёт байты журналу; вернёт, сколько их."""
        text = bytes(data)
        self._log.accept(text, is_urgent=True)
        return len(text)
