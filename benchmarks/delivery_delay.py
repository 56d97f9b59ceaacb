"""Сколько проходит от регистрации до подписчика на сервисе, у которого больше нет дел."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from threading import Condition, Thread
from typing import Any

import httpx2
import psycopg
from attrs import define, field, frozen

from adapters.postgres.embedded.folders import Folders
from benchmarks.stand import Bench
from entrypoints.webhook_secret import new_secret
from tests.faults.pooler import running_pooler
from tests.support.eventually import eventually
from tests.support.required_programs import installed
from tests.support.running_service import running_service, start

_TIMES = 60  # регистраций в замере
_REST = 0.107  # секунд между регистрациями: не кратно ничему, через что рассылка смотрит сама
_PATIENCE = 30.0  # секунд до вывода, что событие не придёт
_IN_ADDRESS = str.maketrans({" ": "-", ",": None})


@frozen
class Delay:
    """Время от ответа 201 до прихода события.

    Attributes:
        where: кто рассылает.
        median: медиана, мс.
        longest: наибольшее, мс.
    """

    where: str
    median: float
    longest: float


@define(eq=False)
class _Arrivals:
    """Адреса покупателей, о которых уже рассказано, и когда это было."""

    _moments: dict[str, float] = field(factory=dict, init=False)
    _changed: Condition = field(factory=Condition, init=False)

    def come(self, email: str) -> None:
        """Запоминает, что о покупателе рассказано сейчас."""
        with self._changed:
            self._moments[email] = time.perf_counter()
            self._changed.notify_all()

    def moment(self, email: str) -> float:
        """Ждёт, пока о покупателе расскажут, и возвращает, когда это было."""
        with self._changed:
            if not self._changed.wait_for(lambda: email in self._moments, _PATIENCE):
                raise RuntimeError("the subscriber was not told")
            return self._moments[email]


def delivery_delays(bench: Bench) -> Iterator[Delay]:
    """Мерит, когда рассылает сам сервис, другой процесс и другой процесс за PgBouncer.

    Третьего нет, если PgBouncer не установлен.
    """
    yield _delay(bench, "the process that registered", bench.database_url, _beside)
    yield _delay(bench, "another process", bench.database_url, _elsewhere)
    if installed("pgbouncer"):
        with running_pooler(bench.database_url, Folders(bench.root / "postgres")) as url:
            yield _delay(bench, "another process, behind PgBouncer", url, _elsewhere)


@frozen
class _Hook:
    """Куда рассылать и чем подписывать."""

    url: str
    secret: str = field(factory=new_secret)


type _Run = Callable[[ExitStack, Bench, _Hook, str], str]
"""Запускает сервис и рассылку до конца контекста; возвращает адрес сервиса."""


def _delay(bench: Bench, where: str, database_url: str, run: _Run) -> Delay:
    arrivals = _Arrivals()
    with ExitStack() as stack:
        hook = _Hook(stack.enter_context(_receiver(arrivals)))
        url = run(stack, bench, hook, database_url)
        stack.callback(_forget_subscribers, bench)
        delays = list(_measured(url, arrivals, where))
    return Delay(where, 1000 * median(delays), 1000 * max(delays))


def _measured(url: str, arrivals: _Arrivals, where: str) -> Iterator[float]:
    """Регистрирует по одному и ждёт каждого события; даёт время от ответа до него, с."""
    with httpx2.Client(base_url=url, trust_env=False) as client:
        for number in range(_TIMES):
            email = f"{where.lower().translate(_IN_ADDRESS)}.{number}@example.ru"
            answer = client.post("/register", json={"name": "Ivan", "email": email})
            answered_at = time.perf_counter()
            answer.raise_for_status()
            yield max(arrivals.moment(email) - answered_at, 0.0)
            time.sleep(_REST)


def _beside(stack: ExitStack, bench: Bench, hook: _Hook, database_url: str) -> str:
    """Рассылает тот же процесс, который регистрирует."""
    service = running_service(
        bench.folder(),
        database_url=database_url,
        webhook_url=hook.url,
        webhook_secret=hook.secret,
    )
    return stack.enter_context(service).url


def _elsewhere(stack: ExitStack, bench: Bench, hook: _Hook, database_url: str) -> str:
    """Рассылает ``crm-api relay``, а сервис подписчиков не знает."""
    process, log = start(
        bench.folder(),
        program=("entrypoints.cli", "relay"),
        database_url=database_url,
        webhook_url=hook.url,
        webhook_secret=hook.secret,
    )
    stack.callback(process.wait, 30)
    stack.callback(process.send_signal, signal.SIGTERM)
    eventually(lambda: "relaying to" in log.read_text())
    service = running_service(bench.folder(), database_url=database_url)
    return stack.enter_context(service).url


@contextmanager
def _receiver(arrivals: _Arrivals) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Receiver, arrivals)) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


class _Receiver(BaseHTTPRequestHandler):
    """Подписчик, который всё принимает; подписи не сверяет: это было бы временем замера."""

    protocol_version = "HTTP/1.1"

    def __init__(self, arrivals: _Arrivals, *arguments: Any) -> None:  # noqa: ANN401 — их даёт сервер
        self._arrivals = arrivals
        super().__init__(*arguments)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._arrivals.come(body["data"]["email"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _forget_subscribers(bench: Bench) -> None:
    """Оставляет следующему замеру пустую таблицу и никого, кому рассказывать."""
    with psycopg.connect(bench.superuser_url, autocommit=True) as connection:
        connection.execute("DELETE FROM event_subscribers")
    bench.empty_table()
