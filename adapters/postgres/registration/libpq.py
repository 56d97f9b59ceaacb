"""Обмен с сервером: команда туда, ответ обратно, без лишних слоёв между ними.

Курсор psycopg на каждую команду подписывается на сокет заново; здесь подписка одна на всю жизнь
соединения. Сам протокол — по-прежнему дело libpq (PostgreSQL, «Asynchronous Command Processing»).
"""

import asyncio
import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class Exchange:
    """Готовые команды по одной через соединение, которым больше никто не пользуется."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._server = connection.pgconn
        self._server.nonblocking = 1
        self._socket = self._server.socket
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[pq.abc.PGresult | None] | None = None
        self._last: pq.abc.PGresult | None = None
        self._is_listening = True
        # Не select: тот не знает дескрипторов дальше 1023, а соединений у сервиса бывает больше.
        self._unread = select.poll()
        self._unread.register(self._socket, select.POLLIN)
        self._loop.add_reader(self._socket, self._on_readable)

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли отправить следующую команду.

        В покое серверу сказать нечего: непрочитанное значит, что он прощается или уже ушёл.
        Узнать об этом до отправки — значит не гадать потом об исходе.
        """
        return self._is_listening and not self._unread.poll(0)

    async def prepare(self, name: bytes, statement: bytes) -> None:
        """Готовит команду, чтобы сервер разбирал и планировал её один раз.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
        """
        self._server.send_prepare(name, statement)
        await self._result()

    async def execute(self, name: bytes, parameters: Sequence[bytes | None]) -> pq.abc.PGresult:
        """Исполняет готовую команду; параметры и ответ — в текстовом виде.

        Возвращается, когда сервер готов к следующей команде: без явной транзакции фиксация идёт
        уже после строк ответа, и отказать сервер может и тогда.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
        """
        self._server.send_query_prepared(name, parameters)
        return await self._result()

    async def execute_once(
        self, statement: bytes, parameters: Sequence[bytes | None]
    ) -> pq.abc.PGresult:
        """Исполняет команду, не готовя её заранее; остальное — как у ``execute``."""
        self._server.send_query_params(statement, parameters)
        return await self._result()

    def give_up(self) -> None:
        """Перестаёт ждать ответа: тот, кто ждёт, узнаёт, что связь потеряна."""
        self._fail(psycopg.OperationalError("the server did not answer in time"))

    def close(self) -> None:
        """Перестаёт следить за сокетом; само соединение закрывает его хозяин."""
        if self._is_listening:
            self._stop_listening()

    async def _result(self) -> pq.abc.PGresult:
        if not self._is_listening:
            # Сервер простился между двумя командами одной пачки: ответа уже никто не прочтёт.
            raise psycopg.OperationalError("the connection was lost between two commands")
        self._answer = self._loop.create_future()
        try:
            self._flush()
            result = await self._answer
        finally:
            self._answer = self._last = None
        if result is None:
            raise psycopg.OperationalError("the server gave no answer")
        if result.status not in _DONE:
            raise error_from_result(result)
        return result

    def _flush(self) -> None:
        """Отправляет, что ещё не ушло; если сокет полон, продолжит, когда он освободится."""
        try:
            is_stuck = self._server.flush()
        except psycopg.Error as error:
            self._fail(error)
            return
        if is_stuck:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _on_readable(self) -> None:
        if self._answer is None:
            self._stop_listening()
            return
        try:
            self._read(self._answer)
            # О сокете с ошибкой libuv говорит один раз, а за прощанием сервера есть ещё и конец.
            while not self._answer.done() and self._unread.poll(0):
                self._read(self._answer)
        except psycopg.Error as error:
            self._fail(error)

    def _read(self, answer: asyncio.Future[pq.abc.PGresult | None]) -> None:
        self._server.consume_input()
        while not answer.done() and not self._server.is_busy():
            result = self._server.get_result()
            if result is None:
                answer.set_result(self._last)
            self._last = result

    def _fail(self, error: psycopg.Error) -> None:
        self._stop_listening()
        if self._answer is None or self._answer.done():
            return
        # Что сервер сказал напоследок, важнее того, как оборвалась связь.
        if self._last is not None and self._last.status not in _DONE:
            error = error_from_result(self._last)
        self._answer.set_exception(error)

    def _stop_listening(self) -> None:
        # Номер сокета, который закрыла libpq, скоро получит кто-то другой.
        self._is_listening = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
