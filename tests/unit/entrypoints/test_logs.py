"""Журнал: вид строк и чего в них нет."""

import io
import json
import logging
import sys
from pathlib import Path

import click
import pytest

from entrypoints.log_lines import LogLines
from entrypoints.logs import configure_logging, log_to_standard_error


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def fail(secret: str) -> None:
    raise ValueError(secret)


def test_json_line_has_time_in_utc_level_and_logger(stream: io.StringIO) -> None:
    configure_logging("INFO", "json", logging.StreamHandler(stream))
    logging.getLogger("crm_api.sql").info("%s", "SELECT 1")
    line = json.loads(stream.getvalue())
    assert line["event"] == "SELECT 1"
    assert line["level"] == "info"
    assert line["logger"] == "crm_api.sql"
    assert line["timestamp"].endswith("Z")


def test_every_event_of_a_record_has_a_line_with_its_request(stream: io.StringIO) -> None:
    configure_logging("INFO", "json", logging.StreamHandler(stream))
    logging.getLogger("x").info(LogLines([("1", "one"), ("2", "two")]))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["request_id"], line["event"]) for line in lines] == [("1", "one"), ("2", "two")]
    assert len({(line["timestamp"], line["level"], line["logger"]) for line in lines}) == 1


def test_every_event_of_a_record_has_a_line_on_a_terminal(stream: io.StringIO) -> None:
    configure_logging("INFO", "console", logging.StreamHandler(stream), is_terminal=True)
    logging.getLogger("x").info(LogLines([("1", "one"), ("2", "two")]))
    assert len(stream.getvalue().splitlines()) == 2
    assert "one [1]" in stream.getvalue()
    assert "two [2]" in stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_exception_is_named_without_its_text(stream: io.StringIO, log_format: str) -> None:
    configure_logging("INFO", log_format, logging.StreamHandler(stream))
    try:
        fail("ivan@example.ru")
    except ValueError:
        logging.getLogger("x").exception("broken")
    assert "ValueError" in stream.getvalue()
    assert " fail < " in stream.getvalue()
    assert "ivan" not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("text", [*"\n\r\v\f\0\x1b\x7f\x85\x9b\u2028\u2029\u202e\ud800", "\r\n"])
def test_any_text_makes_one_line(stream: io.StringIO, log_format: str, text: str) -> None:
    configure_logging("INFO", log_format, logging.StreamHandler(stream))
    logging.getLogger("x").info("a%sb", text)
    assert len(stream.getvalue().splitlines()) == 1
    assert stream.getvalue().rstrip("\n").isprintable()


@pytest.mark.parametrize("log_format", ["console", "auto", "json"])
def test_level_is_obeyed(stream: io.StringIO, log_format: str) -> None:
    configure_logging("WARNING", log_format, logging.StreamHandler(stream))
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


def test_auto_is_json_when_the_stream_is_no_terminal(stream: io.StringIO) -> None:
    configure_logging("INFO", "auto", logging.StreamHandler(stream))
    logging.getLogger("x").info("event")
    assert json.loads(stream.getvalue())["event"] == "event"


def test_error_output_goes_the_way_of_the_log_and_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "__stderr__", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        log_to_standard_error("INFO", "console")
        logging.getLogger("x").info("one")
        click.echo("Error: два", err=True)
        logging.getLogger("x").info("three")
        logging.getLogger().handlers[-1].flush()
        assert [line[-3:] for line in path.read_text("utf-8").splitlines()] == ["one", "два", "ree"]


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_loggers_have_names_of_ours(stream: io.StringIO, log_format: str) -> None:
    configure_logging("INFO", log_format, logging.StreamHandler(stream))
    logging.getLogger("uvicorn.error").info("Shutting down")
    assert "crm_api.server" in stream.getvalue()
    assert "uvicorn" not in stream.getvalue()


@pytest.mark.parametrize(
    ("variable", "value"), [("TERM", "xterm"), ("NO_COLOR", "1"), ("TERM", "dumb")]
)
def test_terminal_has_colors_where_it_can_and_short_sql(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("COLUMNS", "80")
    handler = logging.StreamHandler(stream)
    configure_logging("INFO", "auto", handler, is_terminal=True)
    logging.getLogger("crm_api.serve").info("listening on http://127.0.0.1:3001")
    logging.getLogger("crm_api.sql").info("insert_one: %s", "x" * 3000)
    headline, sql = stream.getvalue().splitlines()
    has_colors = value == "xterm"
    assert headline.startswith("\x1b[1;32m") == has_colors
    assert sql.startswith("\x1b[2m") == has_colors
    assert len(click.unstyle(sql)) == 80
