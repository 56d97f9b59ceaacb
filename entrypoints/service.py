"""Работа ``crm-api serve``: сокеты, база данных, рабочие процессы."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from multiprocessing.connection import Connection

from domain.events import EVENT_TYPES
from entrypoints.container import Container, process_container
from entrypoints.database_container import STARTUP_ERRORS
from entrypoints.database_url import IN_MEMORY
from entrypoints.delivery_container import ensure_deliverable
from entrypoints.log_stream import without_waiting
from entrypoints.logs import log_to_standard_error
from entrypoints.server.http_server import serve_http
from entrypoints.server.listening import bound_sockets, is_beyond_this_machine, shown
from entrypoints.server.open_files import raise_open_files_limit, refusal_told
from entrypoints.server.socket_activation import passed_sockets
from entrypoints.server.worker_pool import run_workers
from entrypoints.server.worker_process import beat, stop_with_parent
from entrypoints.settings import Settings, SettingsError, ignored_variables

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
    container = process_container()
    settings = container.settings()
    ensure_servable(settings)
    _start_log(container, settings)
    for line in ignored_variables():
        _log.warning("%s", line)
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
    ensure_deliverable(settings)
    if settings.operations_port == settings.port:
        raise SettingsError(
            f"CRM_OPERATIONS_PORT must be another port than CRM_PORT, not {settings.port} too"
        )
    if not settings.reveal_taken:
        _ensure_discreet(settings)


def _ensure_discreet(settings: Settings) -> None:
    """Проверяет, что исход, о котором молчит ответ, кто-то узнает и никто не подсмотрит.

    Raises:
        SettingsError: это не так; названо всё, чего недостаёт.
    """
    missing = []
    told = {kind for one in settings.all_subscribers() for kind in one.events}
    if untold := [kind for kind in EVENT_TYPES if kind not in told]:
        missing.append(
            f"a subscriber to {' and '.join(untold)}, for nobody else learns what became of a"
            " registration (CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET, or [[subscribers]] in"
            " crm-api.toml)"
        )
    if settings.operations_port is None:
        missing.append("CRM_OPERATIONS_PORT, for /metrics counts what became of them")
    if missing:
        raise SettingsError(f"CRM_REVEAL_TAKEN=false needs {'; and '.join(missing)}")


def _start_log(container: Container, settings: Settings) -> None:
    log_to_standard_error(
        settings.log_level, settings.log_format, count_lost=container.lost_log_lines()
    )


def _serve(container: Container, settings: Settings) -> None:
    with ExitStack() as stack:
        # Порт занимается первым: если он не свободен, базу данных незачем и запускать.
        sockets = [stack.enter_context(one) for one in passed_sockets()]
        if not sockets:
            sockets = stack.enter_context(bound_sockets(settings.host, settings.port))
        if settings.operations_port is not None:
            sockets += stack.enter_context(
                bound_sockets(settings.host, settings.operations_port, "CRM_OPERATIONS_PORT")
            )
        stack.callback(container.shutdown_resources)
        if settings.workers > 1:
            container.shared_metrics()
        _prepare_database(container, settings)
        _run(container, settings, sockets)


def _run(container: Container, settings: Settings, sockets: list[socket.socket]) -> None:
    """Обслуживает запросы, пока не придёт SIGINT, SIGTERM или SIGHUP."""
    if settings.workers > 1:
        run_workers(
            settings.workers,
            sockets,
            drain=settings.drain_seconds,
            on_start=partial(_tell_addresses, settings, sockets),
            work=serve_requests,
        )
        return
    _serve_http(container, sockets, partial(_tell_addresses, settings, sockets))


def _serve_http(
    container: Container, sockets: list[socket.socket], on_start: Callable[[], None]
) -> None:
    serve_http(
        container.app(),
        sockets,
        stopping=container.stopping(),
        drain=container.settings().drain_seconds,
        fast_path=container.http.fast_path(),
        on_start=on_start,
    )


def _tell_addresses(settings: Settings, sockets: list[socket.socket]) -> None:
    """Говорит, где сервис отвечает: последним, когда он уже отвечает."""
    addresses = [opened.getsockname()[:2] for opened in sockets]
    if "*" in settings.cors_origins and any(is_beyond_this_machine(host) for host, _ in addresses):
        _log.warning(
            "listening beyond this machine, and pages of every site may call"
            " (CRM_CORS_ORIGINS is *): name your shop there"
        )
    for host, port in addresses:
        kind = "listening" if port != settings.operations_port else "listening for operations"
        _log.info("%s on http://%s", kind, shown(host, port))


def serve_requests(sockets: list[socket.socket], pulse: Connection) -> None:
    """Работа одного из процессов: собирает свой контейнер и обслуживает запросы."""
    sys.stderr = without_waiting(sys.stderr)
    stop_with_parent()
    # Ждать надзирателя, который не читает, нельзя: ждали бы и запросы.
    os.set_blocking(pulse.fileno(), False)
    try:
        container = process_container()
        settings = container.settings()
        _start_log(container, settings)
        container.database.url()  # о базе данных, которой нет, uvicorn сказал бы не одной строкой
        _serve_http(container, sockets, partial(beat, pulse))
    except (SettingsError, OSError, *STARTUP_ERRORS) as error:
        _log.error("%s", refusal_told(error) if isinstance(error, OSError) else error)
        raise SystemExit(1) from None


def _prepare_database(container: Container, settings: Settings) -> None:
    """Открывает базу данных и приводит её схему к текущей раньше, чем начнётся служба.

    Отказ здесь — строка и код выхода, а из самого приложения он вышел бы журналом uvicorn.
    """
    if settings.database_url == IN_MEMORY:
        _log.warning("customers are kept in memory only and are forgotten at the end")
        return
    container.database.url()
    if advice := container.database.advice():
        _log.warning("%s", advice)
    container.database.prepare()
