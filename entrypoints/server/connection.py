"""Соединение HTTP/1.1: чей черёд отвечать и сколько чего ждать.

Своих сроков нет и у uvicorn: медленные заголовки, медленное тело и молчащее соединение держали бы
место вечно. Сроки проверяет не таймер на запрос, а один обход всех соединений
(``enforce_limits``): на горячем пути остаются отметки времени.
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

from entrypoints.http.fast_path import FastRequest
from entrypoints.http.refused_requests import REFUSAL_SCOPE_KEY
from entrypoints.http.sender_address import Peer
from entrypoints.server.asgi_cycle import AsgiCycle, asgi_scope
from entrypoints.server.kernel_buffers import forget_unsent, has_unread
from entrypoints.server.limits import BODY_AHEAD, MAX_PIPELINE, WRITE_AHEAD
from entrypoints.server.message_head import (
    UNREAD_METHOD,
    RefusalError,
    cached_header_lines,
    header_line,
    response_head,
)
from entrypoints.server.pending_request import PendingRequest
from entrypoints.server.request_parser import IncomingRequest, Phase, RequestParser
from entrypoints.server.server_context import ServerContext
from entrypoints.server.turn_share import ORDINARY

_UNAVAILABLE = 503


class Connection(asyncio.Protocol):
    """Одно соединение.

    Что читается, говорит ``_parser.phase``; ``_current`` — кому отвечают, ``_queue`` — кто ждёт
    своей очереди. Отвечают по одному, в порядке прихода.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        context: ServerContext,
    ) -> None:
        self._app = config.loaded_app
        self._app_state = app_state
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._context = context
        self._transport: asyncio.Transport
        self._peer: Peer = None
        self._parser: RequestParser[PendingRequest] = RequestParser(self, PendingRequest)
        self._since = self._loop.time()  # когда началось то, чего соединение ждёт
        self._current: PendingRequest | None = None
        self._queue: deque[PendingRequest] = deque()
        self._deferred = b""  # прислано, но ждёт своего оборота цикла событий
        self._has_answered = False
        self._is_shut_down = False  # о конце уже сказано, и больше не скажут
        self._is_reading = True
        self._writable: asyncio.Event | None = None  # есть, пока читатель не забирает ответа

    # Начало и конец.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Принимает соединение; если их слишком много, уступают место давно ждущие."""
        if len(self._state.connections) >= self._context.limits.connections:
            self._context.make_room(self._state.connections)  # type: ignore[arg-type]  # там только наши
        self._state.connections.add(self)  # type: ignore[arg-type]  # uvicorn знает только свои
        self._transport = transport
        self._peer = transport.get_extra_info("peername")
        transport.set_write_buffer_limits(WRITE_AHEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """Отпускает всё: иначе друг друга они держали бы до обхода сборщика мусора."""
        del exc
        self._state.connections.discard(self)
        self._context.release(self)
        if self._writable is not None:
            self._writable.set()
        if self._current is None and self._queue and not self._queue[0].is_complete:
            # Чей черёд был, а тело не дошло: о нём запишет приложение, отвечать же некому.
            self._current = self._queue[0]
            self._call_application(self._current)
        if self._current is not None and self._current.cycle is not None:
            self._current.cycle.disconnect()
            self._current.cycle = None
        self._queue.clear()
        self._current = None
        self._deferred = b""
        self._parser.close()

    def shutdown(self) -> None:
        """Начинает остановку: отвечает на всё, что начало приходить; остальное закрывает.

        Кого закрыть рано, о том спросит снова обход: у иного дочитывается тело, на которое ответили
        ещё до остановки, и больше ничего с ним не случится.
        """
        self._is_shut_down = True
        is_idle = self._parser.phase is Phase.NOTHING and self._last is None and not self._deferred
        if self._transport.is_closing() or not is_idle or has_unread(self._transport):
            return
        waited = self._loop.time() - self._since
        if self._has_answered or waited >= self._context.limits.newcomer:
            self._transport.close()

    def abort(self) -> None:
        """Обрывает соединение."""
        self._transport.abort()

    def reset(self) -> None:
        """Обрывает соединение и забирает у ядра то, чего читатель не взял."""
        forget_unsent(self._transport)
        self._transport.abort()

    @property
    def is_closing(self) -> bool:
        """Закрывается ли соединение."""
        return self._transport.is_closing()

    @property
    def waiting_since(self) -> float:
        """С какого времени цикла событий соединение ждёт того, чего ждёт."""
        return self._since

    @property
    def may_give_way(self) -> bool:
        """Говорит, что ответа ему не должны или должны, а он не забирает и прежнего."""
        return self._writable is not None or not self._is_owing()

    @property
    def _last(self) -> PendingRequest | None:
        """Последний из тех, кому ещё не ответили."""
        return self._queue[-1] if self._queue else self._current

    def _is_owing(self) -> bool:
        """Говорит, есть ли запрос, который пришёл весь и ещё не получил ответа."""
        owed = len(self._queue) + (self._current is not None)
        incoming = self._parser.incoming if self._parser.phase is Phase.BODY else None
        return owed > (incoming is not None and not incoming.is_answered)

    # Чтение.

    def data_received(self, data: bytes) -> None:
        """Разбирает порцию байтов сразу, а большую — когда дойдёт её черёд."""
        if self._deferred:
            self._deferred += data
        elif len(data) <= ORDINARY or self._context.share.has_room(len(data)):
            self._take(data)
        else:
            self._deferred = data
            self._transport.pause_reading()
            self._context.hold(self)
            self._context.share.wait(len(data), self._take_deferred)

    def _take(self, data: bytes) -> None:
        """Разбирает порцию, а потом отвечает: что пришло вместе, то и видно вместе."""
        self._parser.feed(data)
        self._advance()

    def _take_deferred(self) -> None:
        data, self._deferred = self._deferred, b""
        if data and not self._transport.is_closing():
            self._release()
            self._take(data)
            if self._is_reading and not self._transport.is_closing():
                self._transport.resume_reading()

    def eof_received(self) -> bool:
        """Оставляет соединение открытым, если отправитель всё прислал и ждёт ответа."""
        self._take_deferred()
        if not self._is_owing():
            return False
        if self._parser.phase is Phase.BODY:
            self._queue.pop()  # его тело уже не придёт
        if self._parser.phase is not Phase.REFUSED:
            self._parser.phase = Phase.NOTHING
        if (last := self._last) is not None:
            last.keep_alive = False
        return True

    def on_request_begun(self) -> None:
        """Начинает отсчёт запроса."""
        self._since = self._loop.time()

    def on_head(self, request: PendingRequest, fields: dict[bytes, bytes] | None) -> None:
        """Ставит запрос в очередь.

        Raises:
            RefusalError: прислано вперёд слишком много, или цели запроса не разобрать.
        """
        if len(self._queue) >= MAX_PIPELINE:
            raise RefusalError("bad_request")
        if fields is not None:
            request.fast = self._context.fast_path(request.method, request.target, fields)
        if request.fast is None:
            request.path_and_query()  # цель, которой не разобрать, приложению не отдать
            request.arrived = self._loop.time()
        self._queue.append(request)

    def on_body(self, request: PendingRequest, portion: bytes) -> None:
        """Принимает часть тела."""
        if request.is_answered:
            return
        request.body += portion
        if request.cycle is not None:
            request.cycle.notify()
        if len(request.body) > BODY_AHEAD:
            self._pause_reading()

    def on_complete(self, request: PendingRequest) -> None:
        """Говорит приложению, что тело пришло всё; кому ещё не отвечают, тот ждёт с этого мига."""
        if request.cycle is not None:
            request.cycle.notify()
        else:
            request.arrived = self._loop.time()

    def on_refused(self, request: PendingRequest | None, code: str) -> None:
        """Отвечает отказом через то же приложение, после всех прежних ответов, и закрывает."""
        if request is None:
            # Метод и путь могли и не прийти; заголовки — сколько пришло: по ним язык и CORS.
            refused = PendingRequest(
                UNREAD_METHOD, b"-", "1.1", self._parser.headers, keep_alive=False
            )
            refused.refusal, refused.is_complete = code, True
            refused.arrived = self._loop.time()
            self._queue.append(refused)
        elif request.is_answered:
            self._stop_reading()
            return
        else:
            request.refuse(code)
        self._advance()

    def resume_reading(self) -> None:
        """Читает дальше, если никто не ждёт: иначе очередь росла бы быстрее, чем ей отвечают."""
        is_crowded = self._queue and self._queue[0].is_complete
        if not self._is_reading and not is_crowded and not self._transport.is_closing():
            self._is_reading = True
            self._transport.resume_reading()
            self._release()

    def _pause_reading(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()
            self._context.hold(self)

    def _stop_reading(self) -> None:
        """Говорит, что ответов больше не будет, и читает впустую.

        Закрыть сразу обе стороны — значит стереть ответ, если отправитель ещё пишет
        (RFC 9112, 9.6).
        """
        self._parser.phase = Phase.REFUSED
        self._since = self._loop.time()
        if not self._transport.is_closing():
            self._transport.write_eof()
            self.resume_reading()

    # Ответ.

    def _advance(self) -> None:
        """Начинает отвечать на следующий запрос, если прежним уже ответили."""
        if self._queue and self._current is None and self._writable is None:
            # Короткому пути нужно тело целиком, приложение ASGI дождётся его само.
            if self._queue[0].fast is not None and not self._queue[0].is_complete:
                self.resume_reading()
                return
            self._begin(self._queue.popleft())
        if self._queue:
            self._pause_reading()

    def _begin(self, request: PendingRequest) -> None:
        self._current = request
        waited = self._loop.time() - request.arrived
        if request.refusal is None and waited > self._context.limits.queue:
            request.refuse("overloaded")
        if request.fast is None:
            self._call_application(request)
            return
        answer = self._answer_fast(request, request.fast)
        task = asyncio.Task(answer, loop=self._loop, eager_start=True)
        if not task.done():
            self._state.tasks.add(task)

    async def _answer_fast(self, request: PendingRequest, fast: FastRequest) -> None:
        try:
            status, headers, id_header, body = await fast(
                bytes(request.body), self._app_state, self._peer
            )
        except BaseException:
            # Обычно — остановка, которая не дождалась: исход неизвестен, и ответа не будет.
            self.abort()
            raise
        finally:
            # Не обратным вызовом задачи: тот стоил бы ещё одного шага цикла событий.
            self._state.tasks.discard(asyncio.current_task())
        if self._transport.is_closing():
            return
        is_kept = self.stays_open_after(request, status)
        lines = self.common_headers + cached_header_lines(headers) + header_line(id_header)
        self._transport.write(response_head(status, lines, keep_alive=is_kept) + body)
        self.end_answer()

    def _call_application(self, request: PendingRequest) -> None:
        request.fast = None
        scope = asgi_scope(request, self._transport, self._app_state)
        if request.refusal is not None:
            scope[REFUSAL_SCOPE_KEY] = request.refusal
        request.cycle = AsgiCycle(self, request, scope)
        task = self._loop.create_task(request.cycle.run(self._app))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    @property
    def common_headers(self) -> bytes:
        """Строки заголовков, общих всем ответам."""
        return cached_header_lines(tuple(self._state.default_headers))

    def stays_open_after(self, request: IncomingRequest, status: int) -> bool:
        """Решает, останется ли соединение после этого ответа."""
        # Кто прислал вперёд ещё десятки просьб, не должен ждать отказа на каждую.
        if self._context.is_stopping or (status == _UNAVAILABLE and self._queue):
            request.keep_alive = False
        return request.keep_alive

    def write(self, data: bytes) -> None:
        """Посылает байты, если соединение не закрывается."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Ждёт, пока читатель заберёт накопленное."""
        if self._writable is not None:
            await self._writable.wait()

    def end_answer(self) -> None:
        """Узнаёт, что на запрос ответили, и переходит к следующему или закрывает соединение."""
        request, self._current = self._current, None
        assert request is not None  # noqa: S101 — отвечают всегда кому-то
        request.is_answered = True
        request.cycle = None
        self._has_answered = True
        self._since = self._loop.time()
        if self._transport.is_closing():
            return
        if request.keep_alive:
            if self._queue:
                self._loop.call_soon(self._advance)
            elif not self._is_reading:
                self.resume_reading()
            if self._is_shut_down:
                # Остановка началась посреди ответа, и о конце соединения он не сказал. Пока сервис
                # лишь ждёт балансировщика, соединение живёт: о конце скажет следующий ответ.
                self.shutdown()
            return
        is_all_read = (
            self._parser.phase is Phase.NOTHING and self._is_reading and not self._deferred
        )
        self._queue.clear()
        if is_all_read:
            self._transport.close()
        else:
            self._stop_reading()

    def pause_writing(self) -> None:
        """Начинает отсчёт того, как читатель забирает ответ."""
        self._since = self._loop.time()
        self._writable = asyncio.Event()
        self._context.hold(self)

    def resume_writing(self) -> None:
        """Продолжает отвечать: читатель забрал накопленное."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None
        self._since = self._loop.time()
        self._release()
        self._advance()

    def _release(self) -> None:
        if self._is_reading and self._writable is None:
            self._context.release(self)

    @property
    def held(self) -> int:
        """Сколько байтов занимают ответы, которых ещё не забрали, и запросы, которые ждут."""
        waiting = sum(request.weight for request in self._queue)
        return self._transport.get_write_buffer_size() + waiting + len(self._deferred)

    # Сроки.

    def enforce_limits(self, now: float) -> None:
        """Закрывает соединение, если срок того, чего оно ждёт, вышел."""
        if self._is_shut_down:
            self.shutdown()
        if now - self._since <= self._limit():
            return
        if self._transport.is_closing() or self._writable is not None:
            self.reset()
        elif self._parser.phase in {Phase.HEAD, Phase.BODY}:
            self._parser.refuse("request_timeout")
        else:
            self._since = now
            self._transport.close()

    def _limit(self) -> float:
        """Срок того, чего соединение ждёт сейчас, в секундах."""
        limits = self._context.limits
        if self._transport.is_closing() or self._writable is not None:
            return limits.answer
        if self._is_owing():
            return float("inf")  # за срок ответа отвечает приложение
        match self._parser.phase:
            case Phase.REFUSED:
                return limits.linger
            case Phase.NOTHING:
                return limits.idle if self._has_answered else limits.silence
            case _:
                return limits.request
