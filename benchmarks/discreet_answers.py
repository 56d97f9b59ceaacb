"""Можно ли узнать по времени ответа, был ли адрес занят, когда сервис об этом молчит.

Запросы всех видов идут вперемежку, в случайном порядке, по одному соединению: так мерил бы и тот,
кто хочет узнать. Сервис рассылает события сам, как поставляется.
"""

import random
import socket
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from statistics import median
from urllib.parse import urlsplit

import psycopg

from benchmarks.lone_client import LoneClient
from benchmarks.running_receiver import running_receiver
from benchmarks.stand import Bench
from entrypoints.webhook_secret import new_secret
from tests.support.free_port import free_port
from tests.support.running_service import running_service

_WARM_UP = 300
_OUTCOMES = ("free", "taken", "asked again", "repeat of one's own")
_FILL = (
    "INSERT INTO customers (name, email, registered_at)"
    " SELECT 'Ivan', 'taken-' || n || '@example.ru', now() - interval '1 day'"
    " FROM generate_series(1, %s) AS n"
)


def discreet_report(bench: Bench, rounds: int) -> str:
    """Меряет и возвращает таблицу.

    Args:
        bench: стенд.
        rounds: сколько запросов каждого вида.
    """
    lines = [
        "| request | outcome | median, ms | best guess by the time |",
        "|---|---|---:|---:|",
    ]
    for is_keyed in (False, True):
        about = "with a key" if is_keyed else "without a key"
        taken = _measured(bench, rounds, is_keyed=is_keyed)
        free = taken["free"]
        for outcome, times in taken.items():
            # Шум самого замера показывает тот же исход, поделённый надвое.
            rivals = (free[::2], free[1::2]) if outcome == "free" else (free, times)
            lines.append(
                f"| {about} | {outcome} | {median(times) * 1000:.3f} | {best_guess(*rivals):.1%} |"
            )
    told = (
        f"{rounds} requests of each kind on one connection, in random order. The best guess is the"
        " share of right answers to whether the address was free, with the best threshold there is;"
        " of chance it is 50 %, and what the line of the free ones shows is the noise.\n\n"
    )
    return told + "\n".join(lines) + "\n"


def best_guess(one: Sequence[float], other: Sequence[float]) -> float:
    """Доля верных догадок, к какой из двух выборок относится замер, с лучшим порогом.

    Порог делит времена на короткие и длинные, поэтому это половина и ещё половина наибольшего
    расстояния между функциями распределения (статистика Колмогорова — Смирнова).
    """
    first, second = sorted(one), sorted(other)
    distance = max(
        abs(bisect_right(first, moment) / len(first) - bisect_right(second, moment) / len(second))
        for moment in (*first, *second)
    )
    return 0.5 + distance / 2


def _measured(bench: Bench, rounds: int, *, is_keyed: bool) -> dict[str, list[float]]:
    """Меряет время ответов, секунды, по исходам."""
    taken: dict[str, list[float]] = {outcome: [] for outcome in _OUTCOMES[: 3 + is_keyed]}
    salt, numbers = uuid.uuid4().hex[:8], count()
    with _discreet_service(bench, rounds) as client:

        def ask(email: str, key: str) -> float:
            return client.register(email, key=key if is_keyed else None, status=202)

        def fresh() -> tuple[str, str]:
            number = next(numbers)
            return f"{salt}-{number}@example.ru", f"{salt}-{number}"

        own = fresh()
        for _ in range(_WARM_UP):
            ask(*fresh())
        ask(*own)
        again = "taken-1@example.ru"
        ask(again, "first")
        kinds: dict[str, Callable[[int], tuple[str, str]]] = {
            "free": lambda _: fresh(),
            "taken": lambda number: (f"taken-{number + 2}@example.ru", fresh()[1]),
            "asked again": lambda _: (again, fresh()[1]),
            "repeat of one's own": lambda _: own,
        }
        order = [(outcome, number) for outcome in taken for number in range(rounds)]
        random.shuffle(order)
        for outcome, number in order:
            taken[outcome].append(ask(*kinds[outcome](number)))
    return taken


@contextmanager
def _discreet_service(bench: Bench, rounds: int) -> Iterator[LoneClient]:
    """Держит сервис, у которого столько покупателей уже есть, и даёт соединение с ним."""
    with ExitStack() as stack:
        service = stack.enter_context(
            running_service(
                bench.folder(),
                database_url=bench.database_url,
                reveal_taken="false",
                operations_port=str(free_port()),
                webhook_url=stack.enter_context(running_receiver()),
                webhook_secret=new_secret(),
            )
        )
        bench.empty_table()
        with psycopg.connect(bench.database_url, autocommit=True) as connection:
            connection.execute(_FILL, [rounds + 1])
            connection.execute("VACUUM ANALYZE customers")
        url = urlsplit(service.url)
        opened = socket.create_connection((url.hostname, url.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield LoneClient(stack.enter_context(closing(opened)))
