"""Время в документах: вид один, каким бы оно ни было."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from entrypoints.customer_document import told_moment


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(2026, 11, 29, tzinfo=UTC))
@example(datetime.min.replace(tzinfo=UTC))
def test_moment_always_has_six_digits_of_a_second(moment: datetime) -> None:
    told = told_moment(moment)
    assert len(told) == len("2026-11-29T00:00:00.000000Z")
    assert told.endswith("Z")
    assert datetime.fromisoformat(told) == moment
