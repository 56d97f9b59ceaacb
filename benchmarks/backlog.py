"""Сколько событий в секунду рассылка отдаёт, когда их накопился миллион, и растёт ли её память."""

import signal
import time

import psycopg
from attrs import frozen

from benchmarks.growth import FILL, pss
from benchmarks.running_receiver import running_receiver
from benchmarks.stand import Bench
from entrypoints.subscriber_settings import ONLY_NAME
from entrypoints.webhook_secret import new_secret
from tests.support.eventually import eventually
from tests.support.running_service import start

_PAUSE = 1.0  # секунд между взглядами, кончились ли события
_POINTS = 9  # столько раз память и называется
_SUBSCRIBE = (
    "INSERT INTO event_subscribers (name, types) VALUES (%s, ARRAY['customer.registered'])"
    " ON CONFLICT (name) DO NOTHING"
)
_WAIT = """
INSERT INTO waiting_events (subscriber_id, type, customer_id, source)
SELECT event_subscribers.id, 'customer.registered', customers.id, 'registration'
FROM customers, event_subscribers WHERE event_subscribers.name = %s ORDER BY customers.id
"""


@frozen
class Backlog:
    """Отданное одной рассылкой отдельным процессом одному подписчику на том же узле.

    Attributes:
        events: сколько событий ждало.
        seconds: за сколько они ушли, от первого взгляда после запуска до последнего события.
        memory: память рассылки от начала до конца, через равное время, байт.
    """

    events: int
    seconds: float
    memory: tuple[int, ...]


def drained_backlog(bench: Bench, events: int) -> Backlog:
    """Ставит столько событий ждать и отдаёт их."""
    _fill(bench, events)
    try:
        with (
            running_receiver() as url,
            psycopg.connect(bench.database_url, autocommit=True) as connection,
        ):
            return _drained(bench, url, connection, events)
    finally:
        with psycopg.connect(bench.superuser_url, autocommit=True) as connection:
            connection.execute("DELETE FROM event_subscribers")
        bench.empty_table()


def _fill(bench: Bench, events: int) -> None:
    bench.empty_table()
    with psycopg.connect(bench.superuser_url, autocommit=True) as connection:
        connection.execute(FILL, [0, events])
        connection.execute(_SUBSCRIBE, [ONLY_NAME])
        connection.execute(_WAIT, [ONLY_NAME])
        connection.execute("VACUUM ANALYZE waiting_events")
        connection.execute("CHECKPOINT")


def _drained(
    bench: Bench, url: str, connection: psycopg.Connection[tuple[object, ...]], events: int
) -> Backlog:
    process, log = start(
        bench.folder(),
        program=("entrypoints.cli", "relay"),
        database_url=bench.database_url,
        webhook_url=url,
        webhook_secret=new_secret(),
    )
    try:
        eventually(lambda: "relaying to" in log.read_text())
        began, memory = time.perf_counter(), []
        while connection.execute("SELECT FROM waiting_events LIMIT 1").fetchone() is not None:
            if process.poll() is not None:
                raise RuntimeError(f"the relay has ended: {log.read_text()}")
            memory.append(pss(process.pid))
            time.sleep(_PAUSE)
        seconds = time.perf_counter() - began
        memory.append(pss(process.pid))
        last = len(memory) - 1
        points = [memory[round(last * point / (_POINTS - 1))] for point in range(_POINTS)]
        return Backlog(events, seconds, tuple(points))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
