"""Сколько стоит подписчик: сервис, которому есть кому рассказывать, и он же без подписчиков."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from attrs import frozen

from benchmarks.running_receiver import running_receiver
from benchmarks.stand import Bench
from entrypoints.subscriber_settings import ONLY_NAME
from entrypoints.webhook_secret import new_secret
from tests.support.running_service import Service, running_service

_FORGET = "DELETE FROM event_subscribers"
_SUBSCRIBE = (
    "INSERT INTO event_subscribers (name, types, is_paused)"
    " VALUES (%s, ARRAY['customer.registered'], %s)"
)


@frozen
class ToldSubscriber:
    """Сервис с подписчиком; есть ли тот и шлют ли ему, решает строка таблицы.

    Attributes:
        service: сервис, который и рассылает.
    """

    service: Service
    _database_url: str

    def nobody(self) -> None:
        """Событий не пишется."""
        self._execute(_FORGET)

    def written(self) -> None:
        """События пишутся, но не рассылаются, как если бы рассылал кто-то другой."""
        self._subscribe(is_paused=True)

    def sent(self) -> None:
        """События пишутся и рассылаются этим же процессом."""
        self._subscribe(is_paused=False)

    def _subscribe(self, *, is_paused: bool) -> None:
        self._execute(_FORGET)
        self._execute(_SUBSCRIBE, ONLY_NAME, is_paused)

    def _execute(self, statement: str, *values: object) -> None:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


@contextmanager
def told_subscriber(bench: Bench) -> Iterator[ToldSubscriber]:
    """Запускает сервис и подписчика; в конце убирает подписчика и из базы данных."""
    with ExitStack() as stack:
        url = stack.enter_context(running_receiver())
        service = stack.enter_context(
            running_service(
                bench.folder(),
                database_url=bench.database_url,
                webhook_url=url,
                webhook_secret=new_secret(),
            )
        )
        told = ToldSubscriber(service, bench.database_url)
        stack.callback(told.nobody)
        yield told
