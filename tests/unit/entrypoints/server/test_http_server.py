"""Сервер без сокетов: сигналы остановиться."""

import signal
from threading import Event

import uvicorn

from entrypoints.server.http_server import HttpServer
from entrypoints.server.server_context import ServerContext


class InterruptedEvent(Event):
    """Событие, во время которого приходит ещё один сигнал.

    Настоящее застыло бы навсегда: замок, который оно держит, второй раз не взять.
    """

    server: HttpServer
    is_being_set = False

    def set(self) -> None:
        assert not self.is_being_set
        self.is_being_set = True
        self.server.handle_exit(signal.SIGHUP, None)
        super().set()


def test_signal_that_interrupts_another_is_one_stop() -> None:
    stopping = InterruptedEvent()
    config = uvicorn.Config(app="", log_config=None)
    stopping.server = HttpServer(
        config, context=ServerContext(), stopping=stopping, drain=0, on_start=lambda: None
    )
    stopping.server.handle_exit(signal.SIGTERM, None)
    assert stopping.is_set()
