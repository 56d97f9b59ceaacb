"""Сервер: uvicorn с нашими соединениями, сроками и остановкой."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Event
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from entrypoints.garbage_collection import tuned_garbage_collector
from entrypoints.http.fast_path import FastPath
from entrypoints.server.connection import Connection
from entrypoints.server.limits import SWEEP_PERIOD, ConnectionLimits
from entrypoints.server.open_files import fitting
from entrypoints.server.returned_memory import ReturnedMemory
from entrypoints.server.server_context import ServerContext, no_fast_path

_log = logging.getLogger("crm_api.server")

_CLOSING = 0.5  # секунд сверх срока остановки на то, чтобы закрыть сам сервис
_BACKLOG = 4096  # соединений, которые ядро примет, пока цикл событий занят (listen(2))
_SEND_BUFFER = 64 * 1024  # байт ответа, которые ядро хранит для читателя
ACCEPTED = 64
"""Соединений, которые принимаются за оборот цикла событий."""

STOP_AT_ONCE = signal.SIGUSR1
"""Этим надзиратель останавливает рабочий процесс, у которого нет времени на балансировщик."""


class HttpServer(uvicorn.Server):
    """Останавливается по сигналу один раз и до конца.

    Второй Ctrl-C у самого uvicorn обрывает начатые ответы, а остановка и так недолгая.
    """

    def __init__(  # noqa: PLR0913 — всё, чем серверы отличаются друг от друга
        self,
        config: uvicorn.Config,
        *,
        queues: Sequence[socket.socket],
        context: ServerContext,
        stopping: Event,
        drain: float,
        on_start: Callable[[], None],
    ) -> None:
        """Создаёт сервер.

        Args:
            config: настройки uvicorn.
            queues: слушающие сокеты, по одному на очередь соединений: они закроются последними.
            context: общее соединениям: пределы и то, что остановка началась.
            stopping: становится верным с началом остановки: готовность кончается первой.
            drain: сколько секунд после SIGTERM ещё принимать новые соединения.
            on_start: вызывается, когда сервер начал слушать.
        """
        super().__init__(config)
        self._queues = queues
        self._context = context
        self._on_start = on_start
        self._stopping = stopping
        self._drain = drain
        self._memory = ReturnedMemory()
        self._closes_at = float("inf")
        self._is_told_to_stop = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Принимает сигнал остановиться.

        SIGTERM шлёт тот, за кем бывает балансировщик, и сначала тому даётся время заметить, что
        сервис не готов. SIGINT и SIGHUP шлёт терминал: за ним человек, и ждать ему нечего.
        """
        del frame
        closes_at = time.monotonic() + (self._drain if sig == signal.SIGTERM else 0)
        self._closes_at = min(self._closes_at, closes_at)
        # Сначала отметка: следующий сигнал может прийти, пока событие держит свой замок, а взять
        # его второй раз в том же потоке значит застыть навсегда.
        if not self._is_told_to_stop:
            self._is_told_to_stop = self._context.is_stopping = True
            self._stopping.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Начинает слушать и следить за сроками."""
        await super().startup(sockets)
        for number in (signal.SIGHUP, STOP_AT_ONCE):
            signal.signal(number, self.handle_exit)
        self._sweep()
        self._on_start()

    def _sweep(self) -> None:
        """Обходит соединения, пока есть цикл событий: сроки действуют и во время остановки."""
        loop = asyncio.get_running_loop()
        loop.call_later(SWEEP_PERIOD, self._sweep)  # первым: ошибка не должна кончить обходов
        now = loop.time()
        for connection in tuple(self.server_state.connections):
            cast("Connection", connection).enforce_limits(now)
        self._memory.watch(len(self.server_state.connections), self._context.held)

    async def on_tick(self, counter: int) -> bool:
        """Говорит, пора ли закрываться."""
        self.should_exit = time.monotonic() >= self._closes_at
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Отвечает на принятое и закрывает сервис; дольше отведённого не ждёт никого."""
        try:
            async with asyncio.timeout(self._context.limits.grace + _CLOSING):
                await self._stop_listening()
                await super().shutdown(sockets)
        except TimeoutError:
            _log.error(
                "stopped without closing everything: requests, events or the database took longer"
            )

    async def _stop_listening(self) -> None:
        """Принимает всех, кто уже соединился: остальных ядро оборвёт вместе с очередью.

        libuv закрывает копии по одной и больше ничего не принимает; за это время соединяются и
        другие. Между последним ``accept`` и концом очереди не должно быть ничего.
        """
        for server in self.servers:
            server.close()
        links = [link for queue in self._queues for link in _taken_from(queue)]
        connect = asyncio.get_running_loop().connect_accepted_socket
        connected = (connect(self._new_connection, link) for link in links)
        # Кто из них уже ушёл, тот остановке не помеха.
        await asyncio.gather(*connected, return_exceptions=True)
        await asyncio.sleep(0)  # принятые за этот оборот узнают об остановке вместе со всеми

    def _new_connection(self) -> asyncio.Protocol:
        """Создаёт соединение так же, как uvicorn."""
        new = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return new(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            _loop=None,
        )


def _taken_from(queue: socket.socket) -> Iterator[socket.socket]:
    """Принимает из очереди всё, что есть, но не больше, чем в неё входит, и закрывает её."""
    with queue:
        for _ in range(_BACKLOG + 1):
            try:
                link, _ = queue.accept()
            except ConnectionAbortedError:
                continue  # передумал, пока ждал
            except OSError:  # пуста; или кончились дескрипторы, и принять нечем
                return
            link.setblocking(False)  # noqa: FBT003 — имя из socket
            yield link


def serve_http(  # noqa: PLR0913 — всё, чем процессы отличаются друг от друга
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    *,
    stopping: Event,
    drain: float,
    fast_path: FastPath | None = None,
    on_start: Callable[[], None] = lambda: None,
    limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008 — неизменяем
) -> None:
    """Обслуживает запросы, пока процессу не велят остановиться.

    Args:
        app: приложение ASGI.
        sockets: слушающие сокеты.
        stopping: становится верным с началом остановки.
        drain: сколько секунд после SIGTERM ещё принимать соединения.
        fast_path: короткий путь регистрации; ``None`` — все запросы идут через приложение.
        on_start: вызывается, когда сервер начал слушать.
        limits: сроки и пределы.
    """
    # Каждый ответ после сигнала говорит, что соединение закроется: балансировщик не пошлёт туда
    # следующего запроса.
    context = ServerContext(fitting(limits), fast_path.accept if fast_path else no_fast_path)
    server = HttpServer(
        _config(app, context),
        queues=sockets,
        context=context,
        stopping=stopping,
        drain=drain,
        on_start=on_start,
    )
    with tuned_garbage_collector():
        server.run(ready_for_crowds(sockets))


def _config(app: ASGIApp, context: ServerContext) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        # uvicorn только вызывает это, поэтому частичный вызов годится не хуже класса.
        http=cast("type[asyncio.Protocol]", partial(Connection, context=context)),
        ws="none",
        lifespan="on",
        # Журнал настроен нами; адресов и путей, которые пишет uvicorn, в нём быть не должно.
        log_config=None,
        access_log=False,
        # X-Forwarded-For может прислать кто угодно, а знать адрес читателя сервису незачем.
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=cast("int", context.limits.grace),
    )


def ready_for_crowds(sockets: Sequence[socket.socket]) -> list[socket.socket]:
    """Готовит слушающие сокеты к тысячам соединений и возвращает копии, на которых их принимать.

    libuv принимает одно соединение за оборот цикла событий на дескриптор, и среди тысяч занятых
    новое ждало бы секундами. Копия дескриптора — тот же сокет с той же очередью.

    Буфер отправки достаётся соединениям от слушающего сокета (tcp(7)). Само ядро дало бы каждому
    до мегабайтов, и на тех, кто не читает, ушла бы и память, и половина времени цикла событий: эти
    мегабайты в ядро переписывает он.

    Копия получает и ожидание, какое знает Python: без ``settimeout(0)`` он сделал бы ждущим и сам
    сокет, общий у рабочих процессов, и сосед застыл бы в ``accept``, если соединение взял другой.
    """
    for one in sockets:
        one.settimeout(0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return [one.dup() for one in sockets for _ in range(ACCEPTED)]
