"""Журнал SQL: имя команды в каждой строке, а текст — один раз."""

import logging

import pytest

from adapters.postgres.connection import log_statement


def lines(caplog: pytest.LogCaptureFixture, level: int, *told: tuple[str, str, int]) -> list[str]:
    with caplog.at_level(level, "crm_api.sql"):
        for one in told:
            log_statement(*one)
    return [record.getMessage() for record in caplog.records]


def test_text_is_told_once_and_the_name_always(caplog: pytest.LogCaptureFixture) -> None:
    one = ("once", "SELECT 'told once'", logging.INFO)
    assert lines(caplog, logging.INFO, one, one, one) == [
        "once: SELECT 'told once'",
        "once",
        "once",
    ]


def test_text_is_told_each_time_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    one = ("always", "SELECT 'told always'", logging.INFO)
    assert lines(caplog, logging.DEBUG, one, one) == ["always: SELECT 'told always'"] * 2


def test_probe_is_silent_and_its_text_is_still_to_be_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sql = "SELECT 'asked by a probe'"
    told = lines(caplog, logging.INFO, ("probe", sql, logging.DEBUG), ("probe", sql, logging.INFO))
    assert told == [f"probe: {sql}"]
