"""Журнал: одна строка на событие, в JSON или для терминала, без личных данных."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

import orjson

_FRAMES = 8  # сколько вызовов, ближайших к ошибке, назвать


def configure_logging(level: str, log_format: str, stream: TextIO = sys.stderr) -> None:
    """Направляет журналы всех библиотек в один поток.

    Args:
        level: порог, например ``INFO``.
        log_format: ``json``, ``console`` или ``auto`` (``console``, если поток — терминал).
        stream: куда писать; поток ошибок, чтобы вывод команд оставался чистым.
    """
    is_console = log_format == "console" or (log_format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_ConsoleFormatter() if is_console else _JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Строка на каждый запрос — горячий путь: чего в ней нет, того и собирать не надо
    # (Python, Logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Alembic рассказывает о каждом своём шаге; важное из этого видно по журналу SQL.
    logging.getLogger("alembic").setLevel(logging.WARNING)


class _JsonFormatter(logging.Formatter):
    """Строка JSON: время UTC, уровень, источник, событие; у ошибки — её тип и место."""

    def format(self, record: logging.LogRecord) -> str:
        """Возвращает строку журнала."""
        event = {
            "timestamp": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _text(record),
            **_named_exception(record),
        }
        return _one_line(orjson.dumps(event).decode())


class _ConsoleFormatter(logging.Formatter):
    """Та же строка для глаз."""

    def format(self, record: logging.LogRecord) -> str:
        """Возвращает строку журнала."""
        line = f"{_utc(record)} {record.levelname:<8} {record.name}: {_text(record)}"
        return _one_line(" | ".join([line, *_named_exception(record).values()]))


def _one_line(line: str) -> str:
    """Заменяет непечатные знаки записью JSON: чужой текст не начнёт новую запись и не закрасит её.

    Переводом строки служит не только LF: NEL, U+2028; терминалом управляют и знаки C1.
    """
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)


def _utc(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def _text(record: logging.LogRecord) -> str:
    text = record.getMessage().rstrip()
    # Одиночный суррогат в UTF-8 не записать.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _named_exception(record: logging.LogRecord) -> dict[str, str]:
    """Оставляет от исключения тип и место: в тексте и переменных бывают личные данные."""
    if not record.exc_info or (error := record.exc_info[1]) is None:
        return {}
    frames = reversed(traceback.extract_tb(error.__traceback__, limit=-_FRAMES))
    return {
        "exception": type(error).__name__,
        "frames": " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames),
    }
