"""Документ покупателя: вид у времени один, каким бы оно ни было, и JSON — тот же документ."""

from datetime import UTC, datetime

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from domain.customer import RULES, Customer
from entrypoints.customer_document import customer_document, customer_json, told_moment

_MOMENTS = st.datetimes(timezones=st.just(UTC))
_WHOLE_SECOND = datetime(2026, 11, 29, tzinfo=UTC)


@given(_MOMENTS)
@example(_WHOLE_SECOND)
@example(datetime.min.replace(tzinfo=UTC))
def test_moment_always_has_six_digits_of_a_second(moment: datetime) -> None:
    told = told_moment(moment)
    assert len(told) == len("2026-11-29T00:00:00.000000Z")
    assert told.endswith("Z")
    assert datetime.fromisoformat(told) == moment


@given(_MOMENTS)
@example(_WHOLE_SECOND)
def test_json_is_the_document_with_the_id_first(moment: datetime) -> None:
    customer = Customer(id=7, name="Иван", email="ivan@example.ru", age=33, registered_at=moment)
    assert customer_json(customer) == orjson.dumps(customer_document(customer))
    assert list(customer_document(customer)) == ["id", *RULES, "registered_at"]
