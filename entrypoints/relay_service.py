"""Работа ``crm-api relay``: рассылка событий отдельным процессом."""

import asyncio
import logging
import signal

import uvloop
from dependency_injector import providers

from entrypoints.container import Container, process_container, resolved
from entrypoints.database_url import IN_MEMORY
from entrypoints.delivery_container import ensure_deliverable, relaying
from entrypoints.logs import log_to_standard_error
from entrypoints.server.listening import shown
from entrypoints.settings import SettingsError, ignored_variables

_log = logging.getLogger("crm_api.events")


def run_relay(metrics_port: int | None) -> None:
    """Рассылает события, пока не придёт сигнал остановиться.

    Args:
        metrics_port: порт этого же узла, на котором отдавать замеры; ``None`` — не отдавать.

    Raises:
        entrypoints.settings.SettingsError: настройки неверны, или рассылать некому.
        OSError: порт занят.
        STARTUP_ERRORS: база данных не готова.
    """
    container = process_container()
    settings = container.settings()
    if settings.database_url == IN_MEMORY:
        raise SettingsError(f"there is nothing to relay: CRM_DATABASE_URL is {IN_MEMORY}")
    if not container.wanted_events():
        raise SettingsError(
            "there is nobody to relay to: set CRM_WEBHOOK_URL and CRM_WEBHOOK_SECRET, or"
            " [[subscribers]] in crm-api.toml"
        )
    ensure_deliverable(settings)
    log_to_standard_error(
        settings.log_level, settings.log_format, count_lost=container.lost_log_lines()
    )
    for line in ignored_variables():
        _log.warning("%s", line)
    if metrics_port is not None:
        _serve_metrics(container, metrics_port, settings.host[0])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_relay(container))


def _serve_metrics(container: Container, port: int, host: str) -> None:
    try:
        container.serve_metrics(port, host)
    except OSError as error:
        told = f"cannot serve metrics on {shown(host, port)}: {error.strerror}"
        raise OSError(f"{told}; --metrics-port names another port") from None


async def _relay(container: Container) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    try:
        # Схему и подписчиков готовит открытие базы данных; событий без неё не открыть.
        with container.database.is_prepared.override(providers.Object(False)):  # noqa: FBT003 — значение провайдера
            await resolved(container.database.prepared_url())
        async with relaying(container.delivery, resolved, _ready, is_alone=True):
            _log.info("relaying to %s", ", ".join(map(str, container.delivery.targets())))
            await stopped.wait()
    finally:
        await resolved(container.shutdown_resources())


async def _ready() -> None:
    """Регистраций в этом процессе нет: соединения ни у кого не отнять."""
