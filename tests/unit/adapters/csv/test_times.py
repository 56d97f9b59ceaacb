"""Время регистрации в файле: вид, пояс, чего не бывает."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.csv.opening import opened_csv
from adapters.csv.times import TimeReader, check_format, time_zone
from application.customer_rows import CustomerRow, SourceError
from tests.support.csv_reading import Read
from tests.support.workbooks import workbook

MOSCOW = timezone(timedelta(hours=3))
NOON = datetime(2024, 5, 17, 12, tzinfo=MOSCOW)


@pytest.fixture
def read(read: Read) -> Read:
    """Читает файл, где время — в столбце ``created``."""
    return partial(read, columns={"registered_at": "created"})


def created(*cells: str) -> str:
    rows = (f"Ivan,i{number}@b.ru,{cell}" for number, cell in enumerate(cells))
    return "\n".join(["name,email,created", *rows, ""])


def times(rows: list[CustomerRow]) -> list[object]:
    return [row.command and row.command.registered_at for row in rows]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2024-05-17T12:00:00+03:00", NOON),
        ("2024-05-17 09:00:00Z", NOON),
        ("2024-05-17 09:00:00 UTC", NOON),
        ("2024-05-17 09:00:00+00", NOON),
        ("2024-05-17 12:00:00.000000 +0300", NOON),
        ("2024-05-17 12:00", NOON),
        ("2024-05-17T12:00:00,123456789", NOON.replace(microsecond=123456)),
        ("2024-05-17", NOON.replace(hour=0)),
        (" ", None),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00"),
        ("2024-02-30", "2024-02-30"),
        ("17.05.2024", "17.05.2024"),
        ("05/17/2024 12:00", "05/17/2024 12:00"),
        ("20240517", "20240517"),
        ("1715936400", "1715936400"),
        ("2024-05-17T12:00:00 MSK", "2024-05-17T12:00:00 MSK"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_iso_8601_is_read_and_nothing_else_is_guessed(cell: str, moment: object) -> None:
    assert TimeReader(zone=MOSCOW)(cell) == moment


@given(st.datetimes(min_value=datetime(1900, 1, 1)), st.sampled_from(["T", " "]))  # noqa: DTZ001
def test_every_time_with_a_zone_is_read_as_it_was_written(moment: datetime, sign: str) -> None:
    written = moment.replace(tzinfo=MOSCOW).isoformat(sign)
    assert TimeReader()(written) == moment.replace(tzinfo=MOSCOW)


def test_format_is_the_one_that_is_told() -> None:
    read = TimeReader("%d.%m.%Y %H:%M", MOSCOW)
    assert read("17.05.2024 12:00") == NOON
    assert read("2024-05-17 12:00") == "2024-05-17 12:00"


def test_hour_that_was_skipped_is_no_time_and_of_two_the_first_is_taken() -> None:
    read = TimeReader(zone=time_zone("Europe/Berlin"))
    assert read("2024-03-31 02:30") == "2024-03-31 02:30"
    twice = read("2024-10-27 02:30")
    assert isinstance(twice, datetime)
    assert twice.astimezone(UTC) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["%H:%M", "%d.%m", "%d.%m.%Y %I:%M", "%Q", "%d.%m.%Y %Z", "day"])
def test_format_that_loses_something_is_refused(wrong: str) -> None:
    with pytest.raises(SourceError, match=r"%|format"):
        check_format(wrong)


@pytest.mark.parametrize("good", ["%d.%m.%Y", "%m/%d/%y %I:%M %p", "%Y%m%d%H%M%S%z", "%d %b %Y"])
def test_format_that_says_the_day_is_taken(good: str) -> None:
    check_format(good)


@pytest.mark.parametrize("name", ["Europe/Nowhere", "MSKK", "../etc/passwd", "", "+3", "+24:00"])
def test_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(SourceError, match="no time zone"):
        time_zone(name)


@pytest.mark.parametrize(
    ("cell", "options", "told"),
    [
        ("17.05.2024", {}, "no time can be read ('17.05.2024'): --date-format"),
        ("2024-05-17", {}, "the times have no zone ('2024-05-17'): --zone says which"),
        ("2024-05-17", {"zone": "Mars/Base"}, "'Mars/Base' is no time zone"),
        ("2024-05-17", {"date_format": "%H"}, "does not say the whole time"),
    ],
)
def test_file_whose_times_cannot_be_read_is_not_begun(
    read: Read, cell: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read(created(cell), **options)
    assert told in str(caught.value)


def test_one_time_of_another_form_is_refused_alone(read: Read) -> None:
    _, rows = read(created("2024-05-17 12:00", "17.05.2024", ""), zone="+03:00")
    assert times(rows) == [NOON, "17.05.2024", None]


def test_column_of_the_time_is_not_taken_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    path.write_text("name,email,registered_at\nIvan,i@b.ru,2024-05-17\n")
    with opened_csv(str(path)) as file:
        assert file.layout.ignored == ["registered_at"]
        assert times(list(iter(file.take, None))) == [None]


@pytest.mark.parametrize("cell", ["1970-01-01 00:00:00", "1899-12-30"])
def test_time_before_there_were_shops_is_damage(read: Read, cell: str) -> None:
    file, _ = read(created(cell), zone="UTC")
    assert [(one.field, one.kind) for one in file.damage] == [("registered_at", "old_time")]


def test_how_times_are_read_is_a_part_of_the_keys(read: Read) -> None:
    keys = set()
    for zone in ("UTC", "+03:00"):
        _, [row] = read(created("2024-05-17"), zone=zone)
        assert row.command is not None
        keys.add(row.command.idempotency_key)
    assert len(keys) == 2


@pytest.mark.parametrize("date_format", [None, "%d.%m.%Y"])
def test_day_of_a_workbook_is_read_whatever_the_format_of_the_texts(
    read: Read, date_format: str | None
) -> None:
    head = ["name", "email", "created"]
    days = [date(2024, 5, 17), datetime(2024, 5, 17, 12), 45429.5, True]  # noqa: DTZ001
    rows = [["Ivan", f"i{number}@b.ru", day] for number, day in enumerate(days)]
    _, taken = read(workbook({"A": [head, *rows]}), zone="+03:00", date_format=date_format)
    assert times(taken) == [NOON.replace(hour=0), NOON, None, None]
    assert [[rule.code for rule in row.broken] for row in taken[2:]] == [["not_a_time"]] * 2
