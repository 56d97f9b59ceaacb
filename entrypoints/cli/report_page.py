"""Отчёт страницей HTML: один файл, графики в нём самом, чужих узлов он не спрашивает."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from application.report_registrations import Report, Section
from application.small_groups import Shown
from entrypoints.cli import report_texts as texts
from entrypoints.texts import Language

_HEIGHT = 100  # высота графика в его единицах
_STEP = 10  # ширина столбика с промежутком
_GAP = 2

type _Rows = Sequence[tuple[str, Shown]]


def report_page(report: Report, zone: str, made_at: datetime, language: Language) -> str:
    """Возвращает страницу.

    Args:
        report: отчёт.
        zone: чьи в нём дни.
        made_at: когда он сделан.
        language: язык читателя.
    """
    template = Path(__file__).with_name("report.html").read_text(encoding="utf-8")
    sections = [_section(one, language) for one in report.sections]
    if report.refused is not None:
        sections.append(_refused(report, language))
    return Template(template).substitute(
        language=language.value,
        title=texts.TITLE.text(language, {}),
        description=texts.DESCRIPTION.text(language, {}),
        about=escape(f"{made_at:%Y-%m-%d %H:%M}, {zone}"),
        sections="\n".join(sections),
    )


def _section(section: Section, language: Language) -> str:
    title = texts.TITLES[section.grouping].text(language, {})
    if section.groups is None:
        return _article(title, f"<p>{escape(texts.NO_GROUPS.text(language, {}))}</p>")
    rows = [(texts.group_name(name, language), shown) for name, shown in section.groups]
    heading = texts.GROUP[section.grouping].text(language, {})
    if section.grouping not in texts.BY_TIME:
        table = _table(title, heading, rows, section.total, language, has_bars=True)
        note = texts.note(section, language)
        return _article(title, table + (f"<p>{escape(note)}</p>" if note else ""))
    table = _table(title, heading, rows, section.total, language, has_bars=False)
    figures = texts.FIGURES.text(language, {})
    details = f"<details><summary>{figures}</summary>{table}</details>"
    return _article(title, _columns(title, rows, section.total, language) + details)


def _refused(report: Report, language: Language) -> str:
    title = texts.REFUSED.text(language, {})
    period = texts.PERIOD.text(language, {"since": report.since, "until": report.until})
    rows = list((report.refused or {}).items())
    total = sum(count for _, count in rows)
    heading = texts.CODE.text(language, {})
    table = _table(title, heading, rows, total, language, has_bars=True)
    return _article(title, f"<p>{period}, {texts.ABOUT.text(language, {})}</p>{table}")


def _article(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _columns(title: str, rows: _Rows, total: int | None, language: Language) -> str:
    """Столбики во времени: числа рядом с ними — текст страницы и на телефоне не мельчают."""
    counts = [shown for _, shown in rows if isinstance(shown, int)]
    largest = max(counts, default=0)
    bars = "".join(_column(place, *row, largest) for place, row in enumerate(rows))
    told = texts.shown_number(total, language)
    top = texts.shown_number(largest, language)
    span = [rows[0][0], rows[-1][0]] if rows else []
    ends = "".join(f"<span>{one}</span>" for one in span)
    about = ", ".join((title, " – ".join(span)) if span else (title,))
    width = max(1, len(rows)) * _STEP
    return (
        f"<figure><figcaption>{texts.TOTAL.text(language, {})}: {told}</figcaption>"
        f'<div class="top" aria-hidden="true">{top}</div>'
        f'<svg role="img" aria-label="{about}: {told}"'
        f' viewBox="0 0 {width} {_HEIGHT}" preserveAspectRatio="none">{bars}</svg>'
        f'<div class="ends" aria-hidden="true">{ends}</div></figure>'
    )


def _column(place: int, name: str, shown: Shown, largest: int) -> str:
    if not isinstance(shown, int) or not shown:
        return ""
    height = _HEIGHT * shown / largest
    return (
        f'<rect x="{place * _STEP + _GAP / 2:g}" y="{_HEIGHT - height:.2f}"'
        f' width="{_STEP - _GAP}" height="{height:.2f}"><title>{name}: {shown}</title></rect>'
    )


def _table(  # noqa: PLR0913 — слова и числа одной таблицы
    title: str,
    heading: str,
    rows: _Rows,
    total: int | None,
    language: Language,
    *,
    has_bars: bool,
) -> str:
    count = texts.COUNT.text(language, {})
    bar_heading = '<td class="bar"></td>' if has_bars else ""
    last = texts.TOTAL.text(language, {})
    return (
        f'<table><caption>{title}</caption><thead><tr><th scope="col">{heading}</th>'
        f'<th scope="col" class="number">{count}</th>{bar_heading}</tr></thead>'
        f"<tbody>{''.join(_table_rows(rows, language, has_bars=has_bars))}</tbody>"
        f'<tfoot><tr><th scope="row">{last}</th>'
        f'<td class="number">{escape(texts.shown_number(total, language))}</td>{bar_heading}'
        "</tr></tfoot></table>"
    )


def _table_rows(rows: _Rows, language: Language, *, has_bars: bool) -> Iterator[str]:
    largest = max((shown for _, shown in rows if isinstance(shown, int)), default=0)
    for name, shown in rows:
        share = 100 * shown / largest if isinstance(shown, int) and largest else 0
        bar = (
            '<td class="bar"><svg aria-hidden="true" viewBox="0 0 100 1"'
            f' preserveAspectRatio="none"><rect width="{share:.2f}" height="1"/></svg></td>'
        )
        yield (
            f'<tr><th scope="row">{escape(name)}</th>'
            f'<td class="number">{escape(texts.shown_number(shown, language))}</td>'
            f"{bar if has_bars else ''}</tr>"
        )
