"""Фабрика приложения ASGI для рабочих процессов: каждый собирает свой контейнер."""

from starlette.types import ASGIApp

from entrypoints.container import Container
from entrypoints.logs import configure_logging


def create_app() -> ASGIApp:
    """Собирает приложение по настройкам из окружения."""
    container = Container()
    settings = container.settings()
    configure_logging(settings.log_level, settings.log_format)
    app: ASGIApp = container.app()
    return app
