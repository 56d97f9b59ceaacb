"""Сервис рядом со своей прежней сборкой и с Bun: один прогон, по очереди, отношения по кругам.

Все процессы работают всё время и ждут своей очереди. У прежней сборки своя база данных на том же
сервере, потому что схема с тех пор могла измениться.
"""

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from attrs import frozen

from benchmarks.build import TODAY, Build
from benchmarks.growth import Memory, memory_by_registrations
from benchmarks.load import ExtraHeader, wrk
from benchmarks.measurement import Sample
from benchmarks.peers.answers import check_answers
from benchmarks.peers.running import BUN, running_peer
from benchmarks.stand import Bench
from tests.support.running_service import Service

CALM = "64 connections, 1 worker"
CROWD = "256 connections, 2 workers"
LONE = "1 connection, 1 worker"
ORIGIN = "64 connections, 1 worker, an Origin"
KEYS = "64 connections, 1 worker, a key on every request"

_WARM_UP = 3  # секунд: за них V8 и подобные ему успевают собрать горячие функции

type Samples = Mapping[str, Mapping[str, Sequence[Sample]]]
"""Повторы по порядку: нагрузка, программа."""


@frozen
class Program:
    """Работающая программа.

    Attributes:
        url: где она слушает.
        bench: стенд с её базой данных.
    """

    url: str
    bench: Bench

    def warm_up(self) -> None:
        """Проверяет ответы и прогревает.

        Raises:
            WrongAnswerError: ответы не те: мерить нечего.
        """
        check_answers(self.url)
        wrk(self.url, 64, seconds=_WARM_UP)

    def turn(self, connections: int, seconds: int, extra: ExtraHeader | None = None) -> Sample:
        """Меряет один повтор с пустой таблицы."""
        self.bench.empty_table()
        return wrk(self.url, connections, seconds=seconds, extra_header=extra)


@frozen
class Row:
    """Одна нагрузка.

    Attributes:
        what: название для таблицы.
        programs: кто под ней меряется, по именам.
        turn: повтор; аргумент — программа.
    """

    what: str
    programs: Mapping[str, Program]
    turn: Callable[[Program], Sample]


@frozen
class Programs:
    """Все, кто сравнивается, по именам.

    Attributes:
        one: сервисы с одним процессом.
        two: сервисы с двумя.
        peers: соперники; процесс у них один.
    """

    one: Mapping[str, Program]
    two: Mapping[str, Program]
    peers: Mapping[str, Program]

    def rows(self, seconds: int) -> Sequence[Row]:
        """Называет нагрузки.

        Args:
            seconds: сколько длится повтор.
        """
        alone, crowd = {**self.one, **self.peers}, {**self.two, **self.peers}

        def row(
            what: str,
            programs: Mapping[str, Program],
            connections: int,
            extra: ExtraHeader | None = None,
        ) -> Row:
            return Row(what, programs, lambda program: program.turn(connections, seconds, extra))

        return (
            row(CALM, alone, 64),
            # Рядом с нею, с кем они и сравниваются. Ни CORS, ни ключей у соперников нет.
            row(ORIGIN, self.one, 64, ExtraHeader.ORIGIN),
            row(KEYS, self.one, 64, ExtraHeader.IDEMPOTENCY_KEY),
            row(CROWD, crowd, 256),
            row(LONE, alone, 1),
        )


@contextmanager
def running_programs(bench: Bench, old: Build) -> Iterator[tuple[Programs, dict[str, Service]]]:
    """Запускает всех, проверяет ответы и прогревает.

    Yields:
        Все, кто сравнивается, и процессы сервисов, у которых он один.
    """
    with ExitStack() as stack:
        before = stack.enter_context(bench.fresh_database())
        benches = {TODAY: bench, old.name: before}
        one, two = (
            {
                TODAY: stack.enter_context(bench.service(workers=workers)),
                old.name: stack.enter_context(
                    old.service(
                        before.folder(), database_url=before.database_url, workers=str(workers)
                    )
                ),
            }
            for workers in (1, 2)
        )
        peers = {}
        if BUN.is_installed:
            url = stack.enter_context(running_peer(BUN, bench.database_url, bench.folder()))
            peers[BUN.name] = Program(url, bench)
        else:
            sys.stderr.write(f"{BUN.name} is not installed and not measured; run: make peers\n")
        programs = Programs(
            {name: Program(service.url, benches[name]) for name, service in one.items()},
            {name: Program(service.url, benches[name]) for name, service in two.items()},
            peers,
        )
        for program in (*programs.one.values(), *programs.two.values(), *peers.values()):
            program.warm_up()
        yield programs, one


def measured_rows(rows: Sequence[Row], rounds: int) -> Samples:
    """Меряет кругами; порядок программ в круге случаен, чтобы никто не был всегда первым."""
    samples: dict[str, dict[str, list[Sample]]] = {
        row.what: {name: [] for name in row.programs} for row in rows
    }
    for number in range(1, rounds + 1):
        for row in rows:
            for name in random.sample(list(row.programs), len(row.programs)):
                sample = row.turn(row.programs[name])
                samples[row.what][name].append(sample)
                said = f"{sample.rate:.0f}/s, median {sample.latency_p50:.3f} ms"
                sys.stderr.write(f"{number}/{rounds} {row.what}, {name}: {said}\n")
    return samples


def measured_memory(services: Mapping[str, Service]) -> Mapping[str, Memory]:
    """Меряет память каждого сервиса, после того как он примет ещё миллион регистраций."""
    return {name: list(memory_by_registrations(one))[-1] for name, one in services.items()}
