"""Журнал: одна строка на событие, в JSON или для терминала, без личных данных."""

import json
import logging
import os
import shutil
import sys
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import Context
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from entrypoints.json_line import json_line
from entrypoints.log_lines import LogLines
from entrypoints.log_stream import LAST_WORDS, LogStream
from entrypoints.request_id import current_request

_FRAMES = 8  # сколько вызовов, ближайших к ошибке, назвать
_IDS = 2800  # знаков номеров в строке: с командой SQL и остальным строка не длиннее PIPE_BUF

_OURS = {"uvicorn.error": "crm_api.server"}  # под этим именем uvicorn говорит обо всём
_SQL = "crm_api.sql"
_LEAST_SQL = 28  # знаков команды видно и на узком терминале
_SERVE = "crm_api.serve"
# Цвета ECMA-48 (SGR): то, ради чего на терминал смотрят, — ярко, команды SQL — бледно.
_COLORS_OF = {_SERVE: "1;32", _SQL: "2"}
_COLORS = {logging.DEBUG: "2", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "1;31"}


def log_to_standard_error(
    level: str,
    log_format: str,
    *,
    patience: float = LAST_WORDS,
    count_lost: Callable[[int], object] = lambda _: None,
) -> None:
    """Направляет в поток ошибок журналы всех библиотек, чтобы вывод команд оставался чистым.

    Всё прочее, что пишется в ``sys.stderr``, идёт отныне вместе с журналом: в том же порядке, и
    читателя не ждёт тоже.

    Args:
        level: порог, например ``INFO``.
        log_format: ``json``, ``console`` или ``auto`` (``console``, если поток — терминал).
        patience: сколько секунд конец процесса ждёт того, кто журнал не читает.
        count_lost: узнаёт, сколько строк потеряно, потому что их никто не читал.
    """
    log = LogStream(sys.__stderr__ or sys.stderr, patience=patience, count_lost=count_lost)
    configure_logging(level, log_format, log, is_terminal=log.is_terminal)
    sys.stderr = log.text()


def configure_logging(
    level: str, log_format: str, handler: logging.Handler, *, is_terminal: bool = False
) -> None:
    """Направляет журналы всех библиотек одному обработчику.

    Args:
        level: порог, например ``INFO``.
        log_format: ``json``, ``console`` или ``auto`` (``console`` на терминале).
        handler: он.
        is_terminal: пишет ли он на терминал.
    """
    is_console = log_format == "console" or (log_format == "auto" and is_terminal)
    handler.setFormatter(
        _ConsoleFormatter(is_terminal=is_terminal) if is_console else _JsonFormatter()
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Строка на каждый запрос — горячий путь: чего в ней нет, того и собирать не надо
    # (Python, Logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # в typeshed его нет
    logging._srcfile = None  # noqa: SLF001 — так велит тот же HOWTO
    # Alembic рассказывает о каждом своём шаге; важное из этого видно по журналу SQL.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def serve_callers(callers: Sequence[Context]) -> None:
    """Отныне работа этой задачи идёт ради запросов, в чьих контекстах её попросили.

    Args:
        callers: контексты вызовов; в некоторых номера запроса нет.
    """
    ids = [caller.get(current_request) for caller in callers]
    current_request.set(tuple([given for given in ids if isinstance(given, str) and given]))


type _Event = tuple[str, Mapping[str, Any]]
"""Текст строки журнала и номера запросов, ради которых она."""


class _LineFormatter(logging.Formatter, ABC):
    """Даёт событию номера запросов, ради которых оно случилось."""

    def format(self, record: logging.LogRecord) -> str:
        """Возвращает строку журнала; номера, которые в неё не вошли, — в её повторениях."""
        if isinstance(record.msg, LogLines):
            events = [(text, {"request_id": one}) for one, text in record.msg.events]
            return self.lines(record, events)
        text = record.getMessage().rstrip()
        if not text.isascii():
            # Одиночный суррогат в UTF-8 не записать.
            text = text.encode("utf-8", "backslashreplace").decode()
        return self.lines(record, [(text, served) for served in _served()])

    @abstractmethod
    def lines(self, record: logging.LogRecord, events: Sequence[_Event]) -> str:
        """Собирает строки; они отличаются только тем, что названо в событиях."""


class _JsonFormatter(_LineFormatter):
    """Строка JSON: время UTC, уровень, источник, событие; у ошибки — её тип и место."""

    def lines(self, record: logging.LogRecord, events: Sequence[_Event]) -> str:
        """Собирает строки."""
        moment, level = _utc(record), record.levelname.lower()
        name = _OURS.get(record.name, record.name)
        documents = [
            {"timestamp": moment, "level": level, "logger": name, "event": text, **ids}
            for text, ids in events
        ]
        if record.exc_info:
            named = _named_exception(record.exc_info)
            # Среди мест бывают имена файлов не в UTF-8.
            together = "\n".join([json_line(one | named) for one in documents])
        else:
            together = b"\n".join(map(orjson.dumps, documents)).decode()
        # Управляющие знаки ASCII в JSON уже записаны, кроме DEL: обходить все знаки незачем.
        if together.isascii() and "\x7f" not in together:
            return together
        return "\n".join(map(_one_line, together.split("\n")))


class _ConsoleFormatter(_LineFormatter):
    """Та же строка для глаз; на терминале — в цвете, а команда SQL занимает в нём одну строку."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal
        # NO_COLOR — no-color.org; на немом терминале цвета были бы мусором (terminfo, dumb).
        self._has_colors = (
            is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def lines(self, record: logging.LogRecord, events: Sequence[_Event]) -> str:
        """Собирает строки."""
        moment = _utc(record)
        return "\n".join([self._line(record, moment, text, served) for text, served in events])

    def _line(
        self, record: logging.LogRecord, moment: str, text: str, served: Mapping[str, Any]
    ) -> str:
        ids = served.get("request_ids", [served.get("request_id")])
        name = _OURS.get(record.name, record.name)
        head = f"{moment} {record.levelname:<8} {name}: "
        tail = f" [{' '.join(ids)}]" if any(ids) else ""
        if self._is_terminal and record.name == _SQL and record.levelno > logging.DEBUG:
            text = _shortened(text, shutil.get_terminal_size().columns - len(head) - len(tail))
        line = f"{head}{text}{tail}"
        if record.exc_info:
            line = " | ".join([line, *_named_exception(record.exc_info).values()])
        line = _one_line(line)
        if not self._has_colors:
            return line
        ordinary = _COLORS_OF.get(record.name, "") if record.levelno == logging.INFO else ""
        color = ordinary or _COLORS.get(record.levelno, "")
        return f"\x1b[{color}m{line}\x1b[0m" if color else line


def _shortened(sql: str, room: int) -> str:
    room = max(room, _LEAST_SQL)
    return sql if len(sql) <= room else f"{sql[: room - 1]}…"


def _one_line(line: str) -> str:
    """Заменяет непечатные знаки записью JSON: чужой текст не начнёт новую запись и не закрасит её.

    Переводом строки служит не только LF: NEL, U+2028; терминалом управляют и знаки C1.
    """
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)


def _served() -> list[Mapping[str, Any]]:
    """Называет запросы, ради которых идёт работа; сколько в строку не помещается — в её повторе."""
    served = current_request.get()
    if not served:
        return [{}]
    if isinstance(served, str):
        return [{"request_id": served}]
    if len(served) == 1:
        return [{"request_ids": served}]
    first, *rest = _portions(served)
    return [
        {"request_ids": first},
        *({"request_ids": portion, "continued": True} for portion in rest),
    ]


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Делит номера пачки так, чтобы строка с ними не рвалась между процессами."""
    start = length = 0
    for end, one in enumerate(ids):
        length += len(one) + 3  # кавычки и запятая
        if length > _IDS:
            yield ids[start:end]
            start, length = end, len(one) + 3
    yield ids[start:]


@lru_cache(maxsize=2)
def _second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _utc(record: logging.LogRecord) -> str:
    # Секунда у тысяч строк одна: дата записывается по разу на секунду.
    second, fraction = divmod(record.created, 1)
    return f"{_second(int(second))}.{int(fraction * 1_000_000):06d}Z"


def _named_exception(exc_info: tuple[object, BaseException | None, object]) -> dict[str, str]:
    """Оставляет от исключения тип и место: в тексте и переменных бывают личные данные."""
    error = exc_info[1]
    if error is None:
        return {}
    frames = reversed(traceback.extract_tb(error.__traceback__, limit=-_FRAMES))
    return {
        "exception": type(error).__name__,
        "frames": " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames),
    }
