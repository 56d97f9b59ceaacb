"""Фабрика приложения ASGI для рабочих процессов: каждый собирает свой контейнер."""

import gc

from starlette.types import ASGIApp

from entrypoints.container import Container
from entrypoints.logs import configure_logging


def create_app() -> ASGIApp:
    """Собирает приложение по настройкам из окружения."""
    container = Container()
    settings = container.settings()
    configure_logging(settings.log_level, settings.log_format)
    app: ASGIApp = container.app()
    freeze_startup_objects()
    return app


def freeze_startup_objects() -> None:
    """Убирает с глаз сборщика мусора всё, что создано при запуске и проживёт до конца.

    Иначе каждый полный проход сборщика обходит все модули и классы, и запросы ждут.
    """
    gc.collect()
    gc.freeze()
