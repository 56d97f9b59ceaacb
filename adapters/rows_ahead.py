"""Строки, которые читает другой процесс: он применяет и правила, а этот тем временем записывает.

Процесс — потомок (fork) с уже открытым источником: заново тот не открывается и не смотрится.
Почему так, говорит docs/decisions/0032-rows-read-ahead.md.
"""

import fcntl
import gc
import os
import signal
import sys
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn, Protocol

from application.customer_rows import CustomerRow, CustomerRows, ReaderLostError, SourceError
from application.register_customer import checked
from domain.errors import InvalidCustomerError

_BLOCK = 256  # строк, которые пересылаются вместе
_ROOM = 1 << 20  # байтов канала: несколько тысяч строк наготове; больше Linux даёт не всем
_LARGE = 1 << 18  # байтов: меньший источник прочтётся раньше, чем окупится второй процесс
_PACE = 1.0  # секунд между взглядами потомка на то, есть ли ещё кому читать
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppableRows(CustomerRows, Protocol):
    """Строки, которые можно велеть больше не читать."""

    @abstractmethod
    def stop(self) -> None:
        """Велит больше не читать; можно и из обработчика сигнала."""
        ...


class ReadableAhead(StoppableRows, Protocol):
    """Источник, который годится для чтения другим процессом."""

    @abstractmethod
    def noted(self) -> Any:  # noqa: ANN401 — знает один источник
        """Возвращает, что стало известно о прочитанном: это можно переслать."""
        ...

    @abstractmethod
    def learn(self, noted: Any) -> None:  # noqa: ANN401 — то же
        """Узнаёт, что известно о прочитанном такому же источнику в другом процессе."""
        ...


class _Block(NamedTuple):
    """Что пересылается за раз.

    Attributes:
        rows: строки.
        noted: что известно о прочитанном.
        is_last: дальше строк нет.
        failure: почему дальше источник не читается; ``None`` — читается.
    """

    rows: list[CustomerRow]
    noted: Any
    is_last: bool
    failure: str | None


class RowsAhead(StoppableRows):
    """Строки того же источника в том же порядке; читает их потомок.

    Attributes:
        reader: номер его процесса.
    """

    def __init__(self, rows: ReadableAhead, reader: int, connection: Connection) -> None:
        """Готовит чтение: источник здесь больше не читают, строки его приходят от потомка."""
        self._rows = rows
        self.reader = reader
        self._has_ended = False
        self._connection = connection
        self._taken: Iterator[CustomerRow] = iter(())
        self._is_last = False
        self._failure: str | None = None
        self._is_stopped = False

    def take(self) -> CustomerRow | None:
        """Возвращает следующую строку; после остановки строк больше нет.

        Raises:
            SourceError: дальше источник не читается.
            ReaderLostError: потомка не стало.
        """
        while not self._is_stopped:
            if (row := next(self._taken, None)) is not None:
                return row
            if self._failure is not None:
                raise SourceError(self._failure)
            if self._is_last:
                return None
            self._receive()
        return None

    def stop(self) -> None:
        """Велит больше не читать; можно и из обработчика сигнала, посреди ожидания строк."""
        self._is_stopped = True
        self._rows.stop()
        self._kill()

    def close(self) -> None:
        """Кончает потомка."""
        self._connection.close()
        if self._has_ended:
            return
        self._kill()
        self._end()

    def _receive(self) -> None:
        try:
            block: _Block = self._connection.recv()
        except (EOFError, OSError):
            if not self._is_stopped:
                raise ReaderLostError(self._end()) from None
        else:
            self._taken, self._is_last = iter(block.rows), block.is_last
            self._failure = block.failure
            self._rows.learn(block.noted)

    def _kill(self) -> None:
        if not self._has_ended:
            os.kill(self.reader, signal.SIGKILL)

    def _end(self) -> str:
        """Дожидается конца потомка, который больше не пишет; говорит, какой он был."""
        self._has_ended = True  # отныне номер бывает и чужим
        _, status = os.waitpid(self.reader, 0)
        code = os.waitstatus_to_exitcode(status)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"the process that reads the file {how}"


@contextmanager
def rows_to_import(
    rows: ReadableAhead, clock: Callable[[], datetime], *, size: int
) -> Iterator[StoppableRows]:
    """Даёт строки источника; большой читает потомок, если это возможно.

    Args:
        rows: источник.
        clock: часы; говорят время с поясом UTC.
        size: сколько в источнике байтов.
    """
    if size < _LARGE or not _can_fork():
        yield rows
        return
    with rows_ahead(rows, clock) as ahead:
        yield ahead


def _can_fork() -> bool:
    """Говорит, есть ли второе ядро и можно ли отделить потомка: потоков для этого быть не должно.

    Вне Linux не отделяется никто: у macOS потоки бывают у самой системы (Python, multiprocessing).
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) == 1:
        return False
    return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 — нужно одно их число


@contextmanager
def rows_ahead(rows: ReadableAhead, clock: Callable[[], datetime]) -> Iterator[RowsAhead]:
    """Отделяет потомка, который читает источник, и даёт прочитанное им; в конце потомка нет."""
    receiving, sending = Pipe(duplex=False)
    with suppress(OSError):
        fcntl.fcntl(sending.fileno(), fcntl.F_SETPIPE_SZ, _ROOM)
    # Ctrl-C достаётся и потомку: до того, как он научится его пропускать, сигналы ждут.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    parent = os.getpid()
    if not (reader := os.fork()):
        receiving.close()
        _read_ahead(rows, sending, clock, parent)
    ahead = RowsAhead(rows, reader, receiving)
    try:
        sending.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield ahead
    finally:
        ahead.close()


def _read_ahead(
    rows: ReadableAhead, sending: Connection, clock: Callable[[], datetime], parent: int
) -> NoReturn:
    """Живёт вместо потомка: шлёт строки, пока они есть и пока есть кому."""
    code = 1
    try:
        _prepare(parent)
        while True:
            block = _next_block(rows, clock)
            sending.send(block)
            if block.is_last:
                code = 0
                break
    except BrokenPipeError:
        pass  # читать больше некому
    except BaseException:  # noqa: BLE001 — дальше fork исключению идти нельзя
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(code)


def _prepare(parent: int) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # остановит, дочитав своё, родитель
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    # Иначе сборщик, обходя унаследованное, сделал бы этому процессу его копию.
    gc.freeze()

    def look(_number: int, _frame: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    # Узнать об этом по каналу можно, только написав в него, а строк, бывает, нет гигабайтами.
    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _PACE, _PACE)


def _next_block(rows: ReadableAhead, clock: Callable[[], datetime]) -> _Block:
    taken: list[CustomerRow] = []
    failure = None
    now = clock()
    try:
        while len(taken) < _BLOCK and (row := rows.take()) is not None:
            taken.append(_checked(row, now))
    except SourceError as error:
        failure = str(error)
    is_last = failure is not None or len(taken) < _BLOCK
    return _Block(taken, rows.noted(), is_last, failure)


def _checked(row: CustomerRow, now: datetime) -> CustomerRow:
    command = row.command
    if command is None:
        return row
    try:
        return row._replace(command=None, checked=checked(command, now))
    except InvalidCustomerError as error:
        return row._replace(command=None, broken=error.broken_rules)
