r"""Загрузка файла: ``crm-api import`` рядом с ``\copy`` тех же строк и память в её пике."""

import csv
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from adapters.csv.opening import opened_csv
from adapters.postgres.embedded.account import current_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from benchmarks.stand import Bench
from tests.support.project import ROOT

FEW = 10_000
"""Строк, с памятью которых сравнивается память большого файла."""

_COLUMNS = ("name", "email", "age", "gender", "country", "address", "phone")
_COPY = (
    f"\\copy customers ({', '.join(_COLUMNS)}, registered_at) from '%s' with (format csv, header)"
)


_IMPORT = ("-m", "entrypoints.cli", "import", "--json")


@frozen
class Import:
    """Загрузка одного файла; время — от запуска программы до её конца.

    Attributes:
        rows: строк в файле.
        seconds: сколько загружал ``crm-api import``, по повторам.
        copy_seconds: сколько копировал ``psql``, по повторам.
        dry_run_seconds: сколько шла проба, по повторам: она смотрит на весь файл.
        look_seconds: сколько длится всё до первой записи (отпечаток, кодировка, заголовок, первые
            строки), по повторам; загрузка платит это один раз.
        peak: наибольшая память загрузки за все повторы, байт.
    """

    rows: int
    seconds: tuple[float, ...]
    copy_seconds: tuple[float, ...]
    dry_run_seconds: tuple[float, ...]
    look_seconds: tuple[float, ...]
    peak: int


def imports_beside_copy(bench: Bench, rows: int, rounds: int) -> Iterator[Import]:
    r"""Загружает малый и большой файл по очереди с ``\copy``, каждый раз в пустую таблицу."""
    psql = binaries(NEWEST, current_account(), bench.root) / "psql"
    for count in (FEW, rows):
        given, ready = _files(bench.folder(), count)
        copy: list[str | Path] = [psql, "-qc", _COPY % ready, bench.database_url]
        imports, copies, dry_runs, looks = [], [], [], []
        for number in range(1, rounds + 1):
            bench.empty_table()
            copies.append(_run(copy, bench))
            bench.empty_table()
            dry_runs.append(_run([sys.executable, *_IMPORT, "--dry-run", given], bench))
            looks.append(_look(given))
            imports.append(_run([sys.executable, *_IMPORT, given], bench))
            if json.loads(imports[-1].said)["registered"] != count:
                raise RuntimeError(f"not everybody was imported: {imports[-1].said}")
            said = f"{imports[-1].seconds:.1f} s, \\copy {copies[-1].seconds:.1f} s\n"
            sys.stderr.write(f"{number}/{rounds} {count} rows: {said}")
        yield Import(
            count,
            tuple(run.seconds for run in imports),
            tuple(run.seconds for run in copies),
            tuple(run.seconds for run in dry_runs),
            tuple(looks),
            max(run.peak for run in imports),
        )


@frozen
class _Run:
    said: str
    seconds: float
    peak: int


def _run(command: Sequence[str | Path], bench: Bench) -> _Run:
    environ = os.environ | {"CRM_DATABASE_URL": bench.database_url, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 — команда своя
        assert process.stdout  # noqa: S101 — для mypy: канал заказан
        said = process.stdout.read()
        # Не wait: память именно этого процесса скажет только wait4 (getrusage(2), ru_maxrss).
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with code {process.returncode}")
    return _Run(said, seconds, usage.ru_maxrss * 1024)


def _look(file: Path) -> float:
    started = time.perf_counter()
    with opened_csv(str(file)):
        return time.perf_counter() - started


def _files(folder: Path, rows: int) -> tuple[Path, Path]:
    r"""Пишет файл для загрузки и его же для ``\copy``: нормальная форма и время уже готовы."""
    chance = random.Random(rows)  # noqa: S311 — не тайна, а повторимость
    given, ready = folder / "given.csv", folder / "ready.csv"
    folder.chmod(0o755)
    with given.open("w", newline="") as imported, ready.open("w", newline="") as copied:
        to_import, to_copy = csv.writer(imported), csv.writer(copied)
        to_import.writerow(_COLUMNS)
        to_copy.writerow([*_COLUMNS, "registered_at"])
        for number in range(rows):
            row = _row(chance, number)
            to_import.writerow(row)
            to_copy.writerow([*row, "2026-01-01 00:00:00"])
    return given, ready


def _row(chance: random.Random, number: int) -> list[str]:
    return [
        f"{chance.choice(('Иван', 'Anna', 'Мария-Луиза', 'John'))} {chance.getrandbits(32)}",
        f"{chance.choice('abcdefgh')}{chance.getrandbits(40):x}.{number}@example.ru",
        str(chance.randint(18, 90)),
        chance.choice(("Male", "Female", "")),
        chance.choice(("Russia", "Россия", "")),
        f"Orsk, Molodezhnaya St., {chance.randint(1, 200)}, apartment {chance.randint(1, 300)}",
        f"+7(9{chance.randint(10, 99)}){chance.randint(100, 999)}-{chance.randint(10, 99)}-48",
    ]
