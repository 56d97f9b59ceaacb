"""Чем кончилась ``crm-api import``: итог таблицей или JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from attrs import asdict, define, field

from application.import_report import ImportReport
from entrypoints.cli.terminal import folded, print_json, print_table, printable
from entrypoints.files_container import Finding

_AGAIN = "the same command goes on from there"


@define(kw_only=True)
class ImportResult:
    """Чем кончилась загрузка.

    Attributes:
        report: счёт исходов.
        ignored: столбцы, которые ни одному полю не достались.
        guessed: столбцы полей, узнанные по известным названиям.
        suspicious: подозрительное.
        mended: исправленное.
        encoding_advice: как читаются строки, которые не в кодировке файла; пусто — таких нет.
        rejects: файл отказов, если он есть.
        already: файл уже бывших, если он есть.
        problem: почему она не дошла до конца; ``None`` — дошла.
        exit_code: код выхода, если не дошла.
        preview: первые строки так, как они были бы записаны; только у пробы.
    """

    report: ImportReport
    ignored: list[str]
    guessed: dict[str, str]
    suspicious: Sequence[Finding] = field(factory=list)
    mended: Sequence[Finding] = field(factory=list)
    encoding_advice: str = ""
    rejects: Path | None = None
    already: Path | None = None
    problem: str | None = None
    exit_code: int = 0
    preview: Sequence[Mapping[str, object]] = ()

    @property
    def is_clean(self) -> bool:
        """Каждая ли строка зарегистрирована или уже была, и нет ли подозрительных."""
        return not (self.report.refused or self.report.repeated or self.suspicious)

    def fail(self, why: str, exit_code: int, advice: str = _AGAIN) -> None:
        """Запоминает, почему загрузка не дошла до конца и что делать."""
        stored = f"{self.report.registered} customers of the file are stored"
        self.problem = f"{why}; {stored}; {advice}"
        self.exit_code = exit_code


def print_result(result: ImportResult, *, is_json: bool, is_dry_run: bool) -> None:
    """Печатает итог; таблицу — только дошедшей до конца."""
    if is_json:
        _print_json(result, is_dry_run=is_dry_run)
    elif result.problem is None:
        print_table([*_counts(result, is_dry_run=is_dry_run), *_cells(result)])
    if result.encoding_advice:
        click.echo(folded(result.encoding_advice), err=True)


def findings_table(title: str, findings: Sequence[Finding]) -> list[list[str]]:
    """Строки таблицы: виды замеченного с номерами строк и примерами; что это и что делать."""
    rows = [[title, f"{sum(one.rows for one in findings)}"]] if findings else []
    explained = set()
    for one in findings:
        examples = ", ".join(map(_quoted, one.examples))
        rows.append([f"  {one.field}: {one.kind}", f"{_counted(one.rows, one.lines)}: {examples}"])
        if one.kind not in explained:
            explained.add(one.kind)
            rows.append(["", one.explanation])
    return rows


def _quoted(cell: str) -> str:
    shown = printable(cell)
    return f'"{shown}"' if "'" in shown else f"'{shown}'"


def _print_json(result: ImportResult, *, is_dry_run: bool) -> None:
    report = result.report
    print_json(
        {
            "rows": report.rows,
            "registered": report.registered,
            "by_earlier_run": report.by_earlier_run,
            "already_there": report.already_there,
            "repeated": {"rows": report.repeated, "lines": report.repeated_lines},
            "erased": report.erased,
            "refused": report.refused,
            "reasons": [
                {"field": name, "code": code, "rows": rows}
                for (name, code), rows in report.reasons.most_common()
            ],
            "suspicious": list(map(asdict, result.suspicious)),
            "mended": list(map(asdict, result.mended)),
            "rejects": str(result.rejects) if result.rejects else None,
            "already": str(result.already) if result.already else None,
            "ignored_columns": result.ignored,
            "guessed_columns": result.guessed,
            "preview": list(result.preview),
            "dry_run": is_dry_run,
            "complete": result.problem is None,
        }
    )


def _counts(result: ImportResult, *, is_dry_run: bool) -> list[list[str]]:
    report = result.report
    before = report.by_earlier_run
    earlier = f", {before} of them by an earlier run" if before else ""
    registered = "would be registered" if is_dry_run else "registered"
    there = f", in {result.already}" if result.already else ""
    where = f", in {result.rejects}" if result.rejects else ""
    nothing = "0, there is nothing below the names of the columns"
    return [
        *([] if report.rows else [["rows in the file", nothing]]),
        [registered, f"{report.registered}{earlier}"],
        ["already there", f"{report.already_there}{there}"],
        *(
            [["  repeated in the file", _counted(report.repeated, report.repeated_lines)]]
            if report.repeated
            else []
        ),
        *([["erased, left out", f"{report.erased}"]] if report.erased else []),
        ["refused", f"{report.refused}{where}"],
        *([f"  {name}: {code}", f"{rows}"] for (name, code), rows in report.reasons.most_common()),
    ]


def _counted(rows: int, lines: Sequence[int]) -> str:
    """Сколько строк и какие; последних, если их много, не называет."""
    more = ", …" if rows > len(lines) else ""
    return f"{rows}, line{'s' if rows > 1 else ''} {', '.join(map(str, lines))}{more}"


def _cells(result: ImportResult) -> list[list[str]]:
    return [
        *findings_table("suspicious", result.suspicious),
        *findings_table("mended", result.mended),
    ]
