"""Журнал: одна строка на событие, в JSON или для терминала, без личных данных."""

import logging
import sys
import traceback
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_FRAMES = 8  # сколько вызовов, ближайших к ошибке, назвать


def configure_logging(level: str, log_format: str, stream: TextIO = sys.stderr) -> None:
    """Направляет журналы всех библиотек в один поток.

    Args:
        level: порог, например ``INFO``.
        log_format: ``json``, ``console`` или ``auto`` (``console``, если поток — терминал).
        stream: куда писать; поток ошибок, чтобы вывод команд оставался чистым.
    """
    is_console = log_format == "console" or (log_format == "auto" and stream.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if is_console
        else structlog.processors.JSONRenderer(serializer=_as_json)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _name_exception,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Alembic рассказывает о каждом своём шаге; важное из этого видно по журналу SQL.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _as_json(event: EventDict, **_options: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _name_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Оставляет от исключения тип и место: в тексте и переменных бывают личные данные."""
    exc_info = event.pop("exc_info", None)
    if exc_info and exc_info[1] is not None:
        error: BaseException = exc_info[1]
        frames = reversed(traceback.extract_tb(error.__traceback__, limit=-_FRAMES))
        event["exception"] = type(error).__name__
        event["frames"] = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in frames)
    return event
