"""Открытое соединение с PostgreSQL: команда туда, ответ обратно, без лишних слоёв между ними.

Только этот файл говорит с libpq напрямую. Курсор psycopg на каждую команду подписывается на сокет
заново; здесь подписка одна на всю жизнь соединения. Сам протокол — по-прежнему дело libpq
(PostgreSQL, «Asynchronous Command Processing»).
"""

import asyncio
import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

type Parameters = Sequence[bytes | None]

_DEADLINE = 3.0  # секунд на команду; молчащее дольше соединение рвётся
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


class ServerConnection:
    """Соединение с автофиксацией: команда — это и транзакция, и один обмен с сервером.

    Пользуется им кто-то один, команды идут по одной; параметры и ответ — в текстовом виде.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._server.nonblocking = 1
        self._socket = self._server.socket
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[pq.abc.PGresult | None] | None = None
        self._last: pq.abc.PGresult | None = None
        self._before_each: Sequence[bytes] = ()
        self._is_listening = True
        # Не select: тот не знает дескрипторов дальше 1023, а соединений у сервиса бывает больше.
        self._unread = select.poll()
        self._unread.register(self._socket, select.POLLIN)
        self._loop.add_reader(self._socket, self._on_readable)

    @property
    def server_pid(self) -> int:
        """Номер серверного процесса, каким его назвали при соединении."""
        return self._server.backend_pid

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли отправить следующую команду.

        В покое серверу сказать нечего: непрочитанное значит, что он прощается или уже ушёл.
        Узнать об этом до отправки — значит не гадать потом об исходе.
        """
        return self._is_listening and not self._unread.poll(0)

    def send_before_each(self, statements: Sequence[bytes]) -> None:
        """Велит начинать транзакцию каждой команды с этих; обмен с сервером остаётся одним.

        Args:
            statements: что исполнить перед нею, без параметров; ответы на них не нужны.
        """
        if statements and not self._before_each:
            self._server.enter_pipeline_mode()
            self._before_each = statements

    async def ask(self, statement: bytes, parameters: Parameters) -> pq.abc.PGresult:
        """Исполняет команду, не готовя её заранее.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
        """
        self._begin()
        self._server.send_query_params(statement, parameters)
        return await self._result()

    async def ask_prepared(self, name: bytes, parameters: Parameters) -> pq.abc.PGresult:
        """Исполняет то, что сервер приготовил под этим именем; ошибки те же, что у ``ask``."""
        self._begin()
        self._server.send_query_prepared(name, parameters)
        return await self._result()

    async def prepare(self, name: bytes, statement: bytes) -> None:
        """Велит серверу приготовить команду; ошибки те же, что у ``ask``."""
        self._begin()
        self._server.send_prepare(name, statement)
        await self._result()

    def give_up(self) -> None:
        """Перестаёт ждать ответа: тот, кто ждёт, узнаёт, что связь потеряна."""
        self._fail(psycopg.OperationalError("the server did not answer in time"))

    async def close(self) -> None:
        """Закрывает соединение."""
        if self._is_listening:
            self._stop_listening()
        await self._connection.close()

    def _begin(self) -> None:
        for statement in self._before_each:
            self._server.send_query_params(statement, ())

    async def _result(self) -> pq.abc.PGresult:
        """Ждёт, пока сервер не будет готов к следующей команде.

        Без явной транзакции фиксация идёт уже после строк ответа, и отказать сервер может и тогда.
        """
        if not self._is_listening:
            # Сервер простился между двумя командами одной пачки: ответа уже никто не прочтёт.
            raise psycopg.OperationalError("the connection was lost between two commands")
        self._answer = self._loop.create_future()
        # Отмена запроса через psycopg сама ждала бы ответа сервера; а так связь просто рвётся.
        timer = self._loop.call_later(_DEADLINE, self.give_up)
        try:
            if self._before_each:
                self._server.pipeline_sync()
            self._flush()
            result = await self._answer
        finally:
            timer.cancel()
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
            if self._before_each:
                self._keep(answer, result)
                continue
            if result is None:
                answer.set_result(self._last)
            self._last = result

    def _keep(
        self, answer: asyncio.Future[pq.abc.PGresult | None], result: pq.abc.PGresult | None
    ) -> None:
        """Из ответов на всё посланное вместе оставляет последний, а если был отказ, то его."""
        if result is None:
            # Оборвавшаяся посреди ответов связь отвечала бы так без конца.
            if self._server.status == pq.ConnStatus.BAD:
                raise psycopg.OperationalError("the connection was lost between two answers")
            return
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            answer.set_result(self._last)
        elif self._last is None or self._last.status in _DONE:
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
