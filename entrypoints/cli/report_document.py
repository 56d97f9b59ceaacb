"""Отчёт для программ: документ JSON и таблица CSV."""

import csv
import io
from collections.abc import Iterator

from application.report_registrations import Countries, GroupName, Report, Section
from application.small_groups import Shown
from entrypoints.cli.report_texts import group_name, shown_number
from entrypoints.texts import Language

# С этих знаков таблицы начинают формулы, а страну пишет кто угодно.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_document(report: Report, zone: str) -> dict[str, object]:
    """Возвращает отчёт как документ JSON; языка у него нет."""
    return {
        "timezone": zone,
        "sections": [_section(one) for one in report.sections],
        "refused": None
        if report.refused is None
        else {
            "since": f"{report.since}",
            "until": f"{report.until}",
            "codes": dict(report.refused),
        },
    }


def report_csv(report: Report) -> str:
    """Возвращает отчёт как CSV (RFC 4180): по чему, группа, сколько."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("by", "group", "registered"))
    writer.writerows(_rows(report))
    return text.getvalue()


def _section(section: Section) -> dict[str, object]:
    groups = section.groups
    return {
        "by": section.grouping,
        "total": section.total,
        "groups": None if groups is None else [_group(*one) for one in groups],
    }


def _group(name: GroupName, shown: Shown) -> dict[str, object]:
    told: dict[str, object] = {"group": name}
    if name is Countries.OTHERS:
        told = {"group": None, "others": True}
    if isinstance(shown, int):
        return {**told, "registered": shown}
    return {**told, "registered": None, "withheld": shown.value}


def _rows(report: Report) -> Iterator[tuple[str, str, str | int]]:
    for section in report.sections:
        for name, shown in section.groups or ():
            told = group_name(name, Language.EN)
            number = shown if isinstance(shown, int) else shown_number(shown, Language.EN)
            yield section.grouping, f"'{told}" if told.startswith(_FORMULA) else told, number
    for code, count in (report.refused or {}).items():
        yield "refused", code, count
