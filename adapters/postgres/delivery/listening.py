"""Соединение рассылки: в покое сервер говорит ему, что появились события."""

from collections.abc import Callable

import psycopg
from psycopg import pq

from adapters.postgres.connection import log_statement
from adapters.postgres.delivery.statements import LISTEN
from adapters.postgres.registration.writing_connection import WritingConnection


class ListeningConnection(WritingConnection):
    """Соединение, на котором вести (PostgreSQL, LISTEN) приходят и между командами."""

    _on_news: Callable[[], None] | None = None

    async def listen(self, on_news: Callable[[], None]) -> bool:
        """Начинает слушать; говорит, услышит ли.

        За пулом сеанс чужой: там LISTEN достался бы другой программе, а здесь не слышно ничего.

        Args:
            on_news: узнаёт, что появились события.

        Raises:
            psycopg.Error: команда отвергнута или связь потеряна.
        """
        if not self.keeps_session:
            return False
        self._on_news = on_news
        if self._log_sql:
            log_statement(LISTEN.name, LISTEN.sql)
        await self.ask(LISTEN.sql.encode(), ())
        return True

    @property
    def is_usable(self) -> bool:
        """Говорит, можно ли отправить следующую команду; непрочитанное бывает и вестью."""
        self._hear()
        return super().is_usable

    def _on_readable(self) -> None:
        if self._answer is None:
            self._hear()
        else:
            super()._on_readable()

    async def _result(self) -> pq.abc.PGresult:
        result = await super()._result()
        self._tell()  # весть могла прийти вместе с ответом
        return result

    def _hear(self) -> None:
        """Читает, что сервер сказал между командами: весть или прощание."""
        if not self._is_listening:
            return
        try:
            while self._unread.poll(0):
                self._server.consume_input()
        except psycopg.Error:
            self._stop_listening()
            return
        self._tell()

    def _tell(self) -> None:
        has_news = False
        while self._server.notifies():
            has_news = True
        if has_news and self._on_news:
            self._on_news()
