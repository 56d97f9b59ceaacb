"""Какие тесты идут на каждой версии и к какому набору относится каждый."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from attrs import frozen

_POSTGRES = "tests/integration/adapters/postgres"
_CLI = "tests/integration/entrypoints/cli"


@frozen
class Suite:
    """Набор тестов.

    Attributes:
        name: как он назван в документации.
        russian_name: как он назван в ней по-русски.
        files: какие файлы, папки или тесты в него входят; тест относится к первому набору, чей
            файл или папка ему подходит.
    """

    name: str
    russian_name: str
    files: tuple[str, ...]


SUITES = (
    Suite(
        "contract of the repository",
        "договор хранилища",
        (
            f"{_POSTGRES}/registration/test_repository.py",
            "tests/integration/adapters/test_repositories_in_step.py",
        ),
    ),
    Suite(
        "idempotency",
        "идемпотентность",
        (
            f"{_POSTGRES}/registration/test_keys_of_earlier_version.py",
            f"{_POSTGRES}/registration/test_unconfirmed_replay.py",
            f"{_POSTGRES}/registration/test_undecided_requests.py",
            f"{_POSTGRES}/registration/test_unknown_outcome.py",
            f"{_CLI}/test_keys_command.py",
        ),
    ),
    Suite("group commit", "групповая фиксация", (f"{_POSTGRES}/registration",)),
    Suite(
        "migrations and adoption",
        "миграции и принятие",
        (f"{_POSTGRES}/schema", f"{_CLI}/test_migrate_command.py"),
    ),
    Suite(
        "import",
        "загрузка",
        (
            f"{_CLI}/test_import_command.py",
            # Остальное в этом файле — об остановке процесса, и от версии оно не зависит.
            f"{_CLI}/test_import_stops.py::test_lost_sessions_cost_nothing",
        ),
    ),
)


def paths() -> list[str]:
    """Что передать pytest: каждый файл и каждая папка один раз."""
    named = [PurePosixPath(file) for suite in SUITES for file in suite.files]
    return [str(path) for path in named if not set(path.parents) & set(named)]


@frozen
class Count:
    """Сколько тестов набора чем кончилось на одной версии.

    Attributes:
        version: версия сервера, например «14.23».
        suite: имя набора.
        passed: сколько прошло.
        skipped: сколько пропущено.
        failed: сколько не прошло.
    """

    version: str
    suite: str
    passed: int
    skipped: int
    failed: int

    @property
    def major(self) -> str:
        """Старшая версия, например «14»."""
        return self.version.partition(".")[0]


def counted(version: str, junit: Path) -> list[Count]:
    """Считает исходы по отчёту pytest (формат JUnit XML)."""
    outcomes = list(_outcomes(junit))
    return [_count(version, suite, (o for s, o in outcomes if s == suite)) for suite in SUITES]


def _count(version: str, suite: Suite, outcomes: Iterable[str]) -> Count:
    found = list(outcomes)
    return Count(
        version, suite.name, found.count("passed"), found.count("skipped"), found.count("failed")
    )


def _outcomes(junit: Path) -> Iterator[tuple[Suite, str]]:
    for case in ET.parse(junit).getroot().iter("testcase"):  # noqa: S314 — отчёт написал наш же pytest
        module = PurePosixPath(case.attrib["classname"].replace(".", "/"))
        yield _suite_of(module), _outcome(case)


def _suite_of(module: PurePosixPath) -> Suite:
    """Находит набор; к имени модуля бывает приписан класс теста."""
    places = {str(path) for path in (module, *module.parents)}
    places |= {f"{place}.py" for place in places}
    return next(
        suite for suite in SUITES if places & {file.partition("::")[0] for file in suite.files}
    )


def _outcome(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"
