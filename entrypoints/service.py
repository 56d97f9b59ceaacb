"""Работа ``crm-api serve``: сокеты, база данных, рабочие процессы."""

import logging
import signal
import socket
import sys
from contextlib import ExitStack, suppress

from entrypoints.container import Container, prepare_database
from entrypoints.logs import configure_logging
from entrypoints.server.http_server import raise_open_files_limit, serve_http
from entrypoints.server.listening import listening, shown
from entrypoints.server.worker_pool import run_workers
from entrypoints.setting_values import IN_MEMORY
from entrypoints.settings import Settings, SettingsError

_log = logging.getLogger("crm_api.serve")


def run_service() -> None:
    """Держит сервис, пока не придёт сигнал остановиться.

    Raises:
        entrypoints.settings.SettingsError: настройки неверны.
        WorkerError: рабочий процесс не начал работать.
        OSError: порт занят.
        STARTUP_ERRORS: база данных не готова.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    container = Container()
    settings = container.settings()
    ensure_servable(settings)
    configure_logging(settings.log_level, settings.log_format)
    raise_open_files_limit()
    with suppress(KeyboardInterrupt):  # Ctrl-C — обычный конец; всё уже закрыто
        _serve(container, settings)


def ensure_servable(settings: Settings) -> None:
    """Проверяет то, что важно одному сервису: прочим командам и вызовам из Python не мешает.

    Raises:
        SettingsError: с такими настройками сервис работал бы неверно.
    """
    if settings.database_url == IN_MEMORY and settings.workers > 1:
        raise SettingsError(
            f"CRM_WORKERS must be 1 with {IN_MEMORY}: processes have no common memory"
        )


def _serve(container: Container, settings: Settings) -> None:
    with ExitStack() as stack:
        # Порт занимается первым: если он не свободен, базу данных незачем и запускать.
        sockets = stack.enter_context(listening(settings.host, settings.port))
        stack.callback(container.shutdown_resources)
        if settings.workers > 1:
            container.shared_metrics()
        prepare_database(container)
        if settings.database_url == IN_MEMORY:
            _log.warning("customers are kept in memory only and are forgotten at the end")
        for opened in sockets:
            _log.info("listening on http://%s", shown(*opened.getsockname()[:2]))
        _run(container, settings, sockets)


def _run(container: Container, settings: Settings, sockets: list[socket.socket]) -> None:
    """Обслуживает запросы, пока не придёт SIGINT, SIGTERM или SIGHUP."""
    if settings.workers > 1:
        run_workers(settings.workers, sockets, drain=settings.drain_seconds)
        return
    serve_http(
        container.app(),
        sockets,
        stopping=container.stopping(),
        drain=settings.drain_seconds,
    )
