"""Время ответа одному соединению: варианты сервиса вперемежку, запрос за запросом.

Порции по секунде, которыми меряется скорость, для одного-двух процентов грубы: машина за секунду
меняется больше, а процессы одной программы отличаются между собой на процент. Поэтому у каждого
варианта несколько процессов, и замер достаётся им по очереди.
"""

import random
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from statistics import median
from urllib.parse import urlsplit

from attrs import field, frozen

from benchmarks.lone_client import LoneClient
from benchmarks.stand import Bench
from tests.support.running_service import SERVE, running_service

_PROCESSES = 5
_WARM_UP = 300  # запросов: команда готова, счётчики и буферы созданы
_ROUNDS = 4000


@frozen
class _Variant:
    """Процесс варианта и соединение с ним.

    Attributes:
        number: какой это вариант по счёту.
        client: открытое соединение.
        taken: время каждого ответа, секунды.
    """

    number: int
    client: LoneClient
    taken: list[float] = field(factory=list)


def lone_latencies(bench: Bench, rivals: Sequence[Sequence[str]]) -> list[list[float]]:
    """Меряет сервис и другие программы.

    Args:
        bench: стенд.
        rivals: модули и их аргументы.

    Returns:
        Медианы времени ответа, секунды: сервис и программы по порядку, число на процесс.
    """
    programs = (SERVE, *rivals)
    with _running(bench, programs) as variants:
        salt, numbers = uuid.uuid4().hex[:8], count()
        bench.empty_table()
        for _ in range(_ROUNDS):
            random.shuffle(variants)
            for variant in variants:
                # Первый запрос застаёт процесс давно спящим, а меряется работающий.
                variant.client.register(_email(salt, next(numbers)))
                variant.taken.append(variant.client.register(_email(salt, next(numbers))))
    return [
        [median(one.taken) for one in variants if one.number == number]
        for number in range(len(programs))
    ]


@contextmanager
def _running(bench: Bench, programs: Sequence[Sequence[str]]) -> Iterator[list[_Variant]]:
    """Запускает все процессы, прогревает их и соединяется с каждым."""
    with ExitStack() as stack:
        addresses = []
        for _ in range(_PROCESSES):
            for number, program in enumerate(programs):
                service = stack.enter_context(
                    running_service(
                        bench.folder(), program=program, database_url=bench.database_url
                    )
                )
                url = urlsplit(service.url)
                addresses.append((number, (url.hostname, url.port)))
        for _, address in addresses:
            _warm_up(address)
        # Соединяется со всеми, когда прогреты все: молчащее соединение сервис закрывает.
        yield [
            _Variant(number, LoneClient(stack.enter_context(_connection(address))))
            for number, address in addresses
        ]


def _warm_up(address: tuple[str | None, int | None]) -> None:
    salt = uuid.uuid4().hex[:8]
    with _connection(address) as connection:
        client = LoneClient(connection)
        for number in range(_WARM_UP):
            client.register(_email(salt, number))


def _connection(address: tuple[str | None, int | None]) -> closing[socket.socket]:
    return closing(socket.create_connection(address))


def _email(salt: str, number: int) -> str:
    # Начинается случайно, как у register.lua: идущие подряд попадали бы в одну страницу индекса.
    return f"u{random.getrandbits(32):08x}.{salt}.{number}@example.ru"
