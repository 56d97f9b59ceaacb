"""Запуск: время до первого 201 и на что оно уходит."""

import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path

from attrs import frozen

from benchmarks.build import Build
from tests.support.customers import IVAN

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_LARGEST = 10


@frozen
class Startup:
    """Запуски и доли пакетов в них.

    Attributes:
        seconds: от запуска процесса до первого 201, по повторам.
        imports: собственное время импорта по пакетам верхнего уровня, миллисекунды.
    """

    seconds: tuple[float, ...]
    imports: dict[str, float]


def measure_startup(build: Build, root: Path, rounds: int) -> Startup:
    """Запускает сервис на встроенном PostgreSQL, папка данных которого уже есть."""
    seconds = [_first_201(build, root, number) for number in range(rounds + 1)]
    # Первый запуск папку создаёт, поэтому в счёт не идёт.
    return Startup(tuple(seconds[1:]), _imports(build))


def _first_201(build: Build, root: Path, number: int) -> float:
    started = time.perf_counter()
    body = {**IVAN, "email": f"start.{number}@example.ru"}
    with build.service(root, data_dir=str(root / "data")) as service, service.client() as client:
        answer = client.post("/register", json=body)
        elapsed = time.perf_counter() - started
    if not answer.is_success:
        raise RuntimeError(f"the service answered {answer.status_code}")
    return elapsed


def _imports(build: Build) -> dict[str, float]:
    result = subprocess.run(  # noqa: S603 — команда своя
        [build.python, "-X", "importtime", "-c", "import entrypoints.service"],
        cwd=build.source,
        capture_output=True,
        text=True,
        check=True,
    )
    return largest_imports(result.stderr)


def largest_imports(report: str) -> dict[str, float]:
    """Складывает собственное время модулей по пакетам и оставляет самые долгие.

    Args:
        report: что печатает ``python -X importtime``.
    """
    spent: defaultdict[str, float] = defaultdict(float)
    for own, module in _LINE.findall(report):
        spent[module.partition(".")[0]] += int(own) / 1000
    largest = sorted(spent.items(), key=lambda item: -item[1])[:_LARGEST]
    return {package: round(milliseconds, 1) for package, milliseconds in largest}
