"""Отчёт на терминале: таблица и полосы."""

import shutil
from collections.abc import Mapping, Sequence

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from application.report_registrations import Report, Section
from application.small_groups import Shown
from entrypoints.cli import report_texts as texts
from entrypoints.cli.terminal import printable, printing
from entrypoints.texts import Language, Phrase

_WIDEST = 100  # знаков: дальше полосы не сравнить взглядом
_NAME = 34  # знаков названия в строке


def report_lines(report: Report, zone: str, language: Language) -> list[str]:
    """Раскладывает отчёт по ширине терминала; в файл и в трубу — по восьмидесяти знакам."""
    console = Console(highlight=False)
    console.width = min(shutil.get_terminal_size().columns, _WIDEST)
    with printing(), console.capture() as printed:  # и пойманное rich заканчивает записью
        for section in report.sections:
            console.print(_section(section, zone, language, console))
        if report.refused is not None:
            console.print(_refused(report, report.refused, language, console))
    return [line.rstrip() for line in printed.get().splitlines()]


def _section(section: Section, zone: str, language: Language, console: Console) -> RenderableType:
    title = texts.TITLES[section.grouping].text(language, {})
    is_by_time = section.grouping in texts.BY_TIME
    parts: list[RenderableType] = [_title(f"{title}, {zone}" if is_by_time else title)]
    if section.groups is None:
        parts.append(Text(texts.NO_GROUPS.text(language, {})))
    else:
        rows = [(texts.group_name(name, language), shown) for name, shown in section.groups]
        parts.append(_table(rows, section.total, language, console))
        if note := texts.note(section, language):
            parts.append(Text(note, style="dim"))
    return Group(*parts, Text())


def _refused(
    report: Report, refused: Mapping[str, int], language: Language, console: Console
) -> RenderableType:
    period = texts.PERIOD.text(language, {"since": report.since, "until": report.until})
    about = texts.ABOUT.text(language, {})
    title = _title(f"{texts.REFUSED.text(language, {})}, {period}, {about}")
    return Group(title, _table(list(refused.items()), sum(refused.values()), language, console))


def _title(text: str) -> Text:
    return Text(text, style="bold")


def _table(
    rows: Sequence[tuple[str, Shown]], total: int | None, language: Language, console: Console
) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(max_width=_NAME)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    largest = max((shown for _, shown in rows if isinstance(shown, int)), default=0)
    for name, shown in rows:
        # Text, а не str: страну пишет кто угодно, и разметки rich в ней быть не должно.
        cell = Text(printable(name), overflow="fold")
        table.add_row(cell, texts.shown_number(shown, language), _bar(shown, largest, console))
    table.add_row(
        _title(_phrase(texts.TOTAL, language)), _title(texts.shown_number(total, language))
    )
    return table


def _bar(shown: Shown, largest: int, console: Console) -> RenderableType:
    if not isinstance(shown, int) or not shown:
        return ""
    if console.options.ascii_only:  # долей знака в такой кодировке нет
        return Text("#" * max(1, round(20 * shown / largest)))
    return Bar(largest, 0, shown, color="cyan")


def _phrase(phrase: Phrase, language: Language) -> str:
    return phrase.text(language, {})
