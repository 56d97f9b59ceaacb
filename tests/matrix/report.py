"""Таблица «версия × набор» в документации и итоги, из которых она сделана."""

import json
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict

from tests.matrix.suites import SUITES, Count
from tests.support.made_table import put_table
from tests.support.project import ROOT

RESULTS = Path(__file__).with_name("results.json")
PAGES = {
    ROOT / "docs" / "postgresql.md": ["PostgreSQL", *(suite.name for suite in SUITES)],
    ROOT / "docs" / "ru" / "postgresql.md": [
        "PostgreSQL",
        *(suite.russian_name for suite in SUITES),
    ],
}
"""Страницы и заголовки таблицы на каждой."""

COMMAND = "make test-postgres"
"""Чьи это таблицы."""


def record(new: Sequence[Count]) -> None:
    """Записывает итоги, а таблицу вставляет в обе страницы; остальные версии остаются как были."""
    counts = merged(recorded(), new)
    RESULTS.write_text(json.dumps([asdict(count) for count in counts], indent=1) + "\n")
    for page, headings in PAGES.items():
        put_table(page, COMMAND, table(counts, headings))


def recorded() -> list[Count]:
    """Читает ``results.json``."""
    return [Count(**item) for item in json.loads(RESULTS.read_text(encoding="utf-8"))]


def merged(old: Sequence[Count], new: Sequence[Count]) -> list[Count]:
    """Заменяет итоги тех старших версий, которые испытаны снова."""
    tried = {count.major for count in new}
    kept = [count for count in old if count.major not in tried]
    return sorted([*kept, *new], key=lambda count: int(count.major))


def table(counts: Sequence[Count], headings: Sequence[str]) -> str:
    """Строит таблицу Markdown: сколько прошло / сколько пропущено."""
    versions = list(dict.fromkeys(count.version for count in counts))
    found = {(count.version, count.suite): count for count in counts}
    rows = [[*headings], ["---", *(["---:"] * len(SUITES))]]
    rows += [
        [version, *(_cell(found[version, suite.name]) for suite in SUITES)] for version in versions
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(count: Count) -> str:
    failed = f", {count.failed} failed" if count.failed else ""
    return f"{count.passed} / {count.skipped}{failed}"
