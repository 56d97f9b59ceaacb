"""``crm-api serve``: запустить сервис."""

import logging
import signal
import socket
import sys
from contextlib import ExitStack
from types import FrameType

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from entrypoints.asgi import freeze_startup_objects
from entrypoints.container import STARTUP_ERRORS, Container
from entrypoints.http.one_write import OneWriteProtocol
from entrypoints.logs import configure_logging
from entrypoints.settings import Settings, SettingsError

_log = logging.getLogger("crm_api.serve")

_GRACE = 10  # секунд на ответы, которые уже начаты


class _WrongSettings(click.ClickException):
    """Настройки неверны: одна строка и тот же код выхода, что у неверной команды."""

    exit_code = 2


@click.command(help="Start the service; settings come from CRM_ variables, .env or crm-api.toml.")
def serve() -> None:
    """Запускает сервис и держит его, пока не придёт сигнал остановиться."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    container = Container()
    try:
        settings = container.settings()
    except SettingsError as error:
        raise _WrongSettings(str(error)) from None
    configure_logging(settings.log_level, settings.log_format)
    try:
        _serve(container, settings)
    except KeyboardInterrupt:
        pass  # Ctrl-C — обычный конец; всё уже закрыто
    except (OSError, *STARTUP_ERRORS) as error:
        raise click.ClickException(str(error)) from None


def _serve(container: Container, settings: Settings) -> None:
    with ExitStack() as stack:
        # Порт занимается первым: если он не свободен, базу данных незачем и запускать.
        sockets = [stack.enter_context(opened) for opened in _listen(settings)]
        stack.callback(container.shutdown_resources)
        if settings.workers > 1:
            container.shared_metrics()
        container.database_url()
        if settings.auto_migrate:
            container.migrate()
        for opened in sockets:
            host, port = opened.getsockname()[:2]
            _log.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        _run(container, settings, sockets)


class _Server(uvicorn.Server):
    """Останавливается по сигналу один раз и до конца.

    Второй Ctrl-C у самого uvicorn обрывает начатые ответы, а остановка и так не дольше _GRACE.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Принимает SIGINT, SIGTERM и SIGHUP (терминал закрыли)."""
        del sig, frame
        self.should_exit = True


def _listen(settings: Settings) -> list[socket.socket]:
    """Открывает слушающие сокеты на всех адресах узла.

    Raises:
        OSError: адрес неизвестен или порт занят.
    """
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return [socket.create_server(address, family=family) for family, *_, address in found]
    except OSError as error:
        raise OSError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error};"
            " free the port or set CRM_HOST and CRM_PORT"
        ) from None


def _run(container: Container, settings: Settings, sockets: list[socket.socket]) -> None:
    """Обслуживает запросы, пока не придёт SIGINT или SIGTERM."""
    is_single = settings.workers == 1
    config = uvicorn.Config(
        container.app() if is_single else "entrypoints.asgi:create_app",
        factory=not is_single,
        workers=settings.workers,
        loop="uvloop",
        http=OneWriteProtocol,
        ws="none",
        lifespan="on",
        # Журнал настроен нами; адресов и путей, которые пишет uvicorn, в нём быть не должно.
        log_config=None,
        access_log=False,
        # X-Forwarded-For может прислать кто угодно.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    if is_single:
        freeze_startup_objects()
        server = _Server(config)
        signal.signal(signal.SIGHUP, server.handle_exit)
        server.run(sockets)
    else:
        Multiprocess(config, sockets).run()
