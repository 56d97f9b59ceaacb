"""``crm-api report``: таблица, CSV, JSON, страница; о немногих в нём ничего нет."""

import csv
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.browser import (
    barriers,
    chromium,
    chromium_or_skip,
    screenshot,
    shortcomings,
)
from tests.support.crm import Crm
from tests.support.sql import execute

PRIVATE = "Ivan's home, +79213451948"


@pytest.fixture
def shop(database: str) -> str:
    """Магазин, в котором давно зарегистрировались 100 человек и только что 20."""
    execute(
        database,
        "INSERT INTO customers (name, email, age, country, registered_at)"
        " SELECT 'Ivan', n || '@example.ru',"
        " CASE WHEN n <= 3 THEN 70 WHEN n <= 60 THEN 30 ELSE 20 END,"
        " CASE WHEN n <= 2 THEN %s WHEN n <= 80 THEN 'Россия' WHEN n <= 110 THEN '=Chile' END,"
        " CASE WHEN n <= 100 THEN timestamp '2026-01-31 21:30' ELSE now() AT TIME ZONE 'UTC' END"
        " FROM generate_series(1, 120) AS n",
        [PRIVATE],
    )
    return database


def test_table_shows_numbers_and_bars_in_eighty_columns(crm: Crm, shop: str) -> None:
    done = crm(shop, "report")
    assert done.exit_code == 0
    ((day,),) = execute(shop, "SELECT max(registered_at)::date::text FROM customers")
    lines = done.stdout.splitlines()
    assert any(re.fullmatch(rf"{day} +20 +█+", line) for line in lines), done.stdout
    assert any(re.fullmatch(r"Россия +78 +█+", line) for line in lines)
    assert any(re.fullmatch(r"65\+ +< 5", line) for line in lines)
    assert max(map(len, lines)) <= 80
    assert PRIVATE not in done.output
    assert "CRM_PROMETHEUS_URL" in done.stderr


def test_only_what_is_asked_is_counted_by_the_days_of_a_zone(crm: Crm, shop: str) -> None:
    days = ("report", "--by=day", "--since=2026-01-31", "--until=2026-02-01", "--json")
    for zone, counts in (("UTC", [100, 0]), ("Europe/Moscow", [0, 100]), ("+03:00", [0, 100])):
        document = json.loads(crm(shop, *days, f"--timezone={zone}").stdout)
        (section,) = document["sections"]
        assert document["timezone"] == zone
        assert [group["registered"] for group in section["groups"]] == counts


def test_program_reads_what_is_withheld(crm: Crm, shop: str) -> None:
    document = json.loads(crm(shop, "report", "--by=age", "--by=country", "--json").stdout)
    by_age, by_country = document["sections"]
    assert {"group": "65+", "registered": None, "withheld": "few"} in by_age["groups"]
    assert by_country["groups"] == [
        {"group": "Россия", "registered": 78},
        {"group": "=Chile", "registered": 30},
        {"group": None, "others": True, "registered": 12},
    ]
    assert by_country["total"] == 120


def test_country_that_is_empty_is_not_told(crm: Crm, shop: str) -> None:
    execute(shop, "UPDATE customers SET country = '' WHERE country <> 'Россия'")
    document = json.loads(crm(shop, "report", "--by=country", "--json").stdout)
    assert document["sections"][0]["groups"] == [
        {"group": "Россия", "registered": 78},
        {"group": None, "registered": 42},
    ]


def test_csv_holds_no_formula(crm: Crm, shop: str, tmp_path: Path) -> None:
    printed = crm(shop, "report", "--by=country", "--csv").stdout
    assert list(csv.reader(printed.splitlines())) == [
        ["by", "group", "registered"],
        ["country", "Россия", "78"],
        ["country", "'=Chile", "30"],
        ["country", "other countries", "12"],
    ]
    path = tmp_path / "report.csv"
    assert crm(shop, "report", "--by=country", f"--csv={path}").stdout == ""
    assert path.read_text(encoding="utf-8").splitlines() == printed.splitlines()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_page_asks_no_other_host_and_has_no_barriers(
    crm: Crm, shop: str, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "report.html"
    assert crm(shop, "report", f"--html={path}", LC_ALL=f"{language}.UTF-8").exit_code == 0
    html = path.read_text(encoding="utf-8")
    assert PRIVATE not in html
    asked: list[str] = []
    said: list[str] = []
    with chromium(chromium_or_skip()) as browser:
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto(path.as_uri())
            screenshot(page, f"report-{language}-{scheme}")
            assert page.locator("html").get_attribute("lang") == language
            for details in page.locator("summary").all():
                details.click()
            assert [*barriers(page), *shortcomings(page)] == []
        page.set_viewport_size({"width": 360, "height": 640})
        screenshot(page, f"report-{language}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert {urlsplit(url).scheme for url in asked} <= {"file", "data"}
    assert said == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timezone=Europe/Moscva"], "is no time zone that is known here"),
        (["--since=29.11.2026"], "is not a day like 2026-11-29"),
        (["--since=2026-02-01", "--until=2026-01-01"], "--since is after --until"),
        (["--by=year"], "is not one of 'day', 'week', 'month', 'country', 'age'"),
        (["--since=2999-01-01"], "the first day, 2999-01-01, is after today"),
        (["--since=2999-01-01", "--html"], "the first day, 2999-01-01, is after today"),
        (["--until=9999-12-31"], "9999-12-31 is too far away: choose days from 1900-01-01"),
        (["--until=0001-01-01"], "0001-01-01 is too far away"),
        (["--by=month", "--since=0001-01-01", "--timezone=+03:00"], "0001-01-01 is too far away"),
        (["--by=day", "--since=1900-01-01"], "there are more than 3700 days"),
        (["--by=age", "--since=2026-01-02"], "by country and age only whole months are counted"),
        (["--csv", "--html"], "choose one of --csv, --html and --json"),
        (["--prometheus=prometheus:9090"], "must be an address like"),
        (["--timeout=0"], "0 is not in the range"),
    ],
)
def test_wrong_command_is_one_line(
    crm: Crm, database: str, arguments: list[str], said: str
) -> None:
    done = crm(database, "report", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_what_is_not_of_whole_months_is_left_out_with_a_word(crm: Crm, shop: str) -> None:
    done = crm(shop, "report", "--since=2026-01-02", "--until=2026-02-10", "--csv")
    assert {row[0] for row in csv.reader(done.stdout.splitlines()[1:])} == {"day", "week", "month"}
    assert "Left out: by country and age" in done.stderr


def test_place_that_cannot_be_written_is_one_line(crm: Crm, shop: str, tmp_path: Path) -> None:
    done = crm(shop, "report", f"--html={tmp_path}/missing/report.html")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith(": No such file or directory; name another place for it\n")


def test_memory_has_nobody_to_count(crm: Crm) -> None:
    assert crm("memory://", "report").exit_code == 2
