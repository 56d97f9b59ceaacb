"""Отчёт на терминале: полосы есть в любой кодировке, а что пишут чужие, терминал не исполняет."""

import io
from contextlib import redirect_stdout
from datetime import date

import pytest

from application.report_registrations import Grouping, Report, Section
from entrypoints.cli.report_table import report_lines
from entrypoints.texts import Language

DAY = date(2026, 11, 29)


def lines(encoding: str, *groups: tuple[str | None, int]) -> list[str]:
    total = sum(count for _, count in groups)
    report = Report([Section(Grouping.COUNTRY, groups, total)], None, DAY, DAY, ())
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding=encoding)):
        return report_lines(report, "UTC", Language.EN)


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", "#"), ("cp1251", "#"), ("utf-8", "█")])
def test_bars_are_of_signs_that_the_terminal_has(encoding: str, sign: str) -> None:
    large, small = (line.count(sign) for line in lines(encoding, ("Chile", 30), ("Cuba", 15))[1:3])
    assert large >= 20
    assert small == large // 2


def test_text_of_a_stranger_does_nothing_to_the_terminal() -> None:
    printed = "\n".join(lines("utf-8", ("\x1b[2J[bold]up[/bold]\nTotal 7", 5)))
    assert "\\x1b[2J[bold]up[/bold]\\nTotal" in printed.replace("\n", "")
    assert "\x1b" not in printed


def test_long_name_is_folded_into_its_column() -> None:
    printed = lines("utf-8", ("x" * 100, 5))
    assert max(map(len, printed)) <= 80
    assert sum(line.count("x") for line in printed) == 100
