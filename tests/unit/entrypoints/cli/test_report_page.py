"""Отчёт страницей, в котором нечего рисовать."""

from datetime import UTC, date, datetime

from application.report_registrations import Grouping, Report, Section
from entrypoints.cli.report_page import report_page
from entrypoints.texts import Language


def test_section_without_periods_is_an_empty_chart() -> None:
    day = date(2026, 11, 29)
    made = Report([Section(Grouping.DAY, [], 0)], None, day, day, ())
    page = report_page(made, "UTC", datetime(2026, 11, 29, tzinfo=UTC), Language.EN)
    assert 'aria-label="By day: 0"' in page
