"""Покупатель: все нарушения называет сразу, потом неизменяем, а копия ему равна."""

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import attrs
import pytest

from domain.customer import RULES, Customer, NewCustomer
from domain.customer import broken_rules as broken_in
from domain.errors import BrokenRule, InvalidCustomerError
from tests.support.customers import IVAN, LATER_AT, REGISTERED_AT, new_customer


def test_keeps_valid_data() -> None:
    customer = new_customer()
    assert customer.name == "Ivan Ivanov"
    assert customer.age == 33
    assert customer.registered_at == REGISTERED_AT
    assert broken_in(IVAN) == []


def test_reports_every_broken_rule_at_once_in_field_order() -> None:
    everything_wrong = dict.fromkeys(RULES, object())
    with pytest.raises(InvalidCustomerError) as caught:
        new_customer(**everything_wrong)
    assert [broken.field for broken in caught.value.broken_rules] == list(RULES)
    assert broken_in(everything_wrong) == list(caught.value.broken_rules)


def test_broken_rule_names_its_limits() -> None:
    with pytest.raises(InvalidCustomerError) as caught:
        new_customer(age=200, phone="1" * 26)
    assert caught.value.broken_rules == (
        BrokenRule("age", "out_of_range", {"min": 0, "max": 150}),
        BrokenRule("phone", "too_long", {"max": 25}),
    )


def test_error_text_holds_codes_but_no_data() -> None:
    with pytest.raises(InvalidCustomerError, match=r"^email: invalid_email$"):
        new_customer(email="secret")


@pytest.mark.parametrize("offset", [None, timezone(timedelta(hours=3))])
def test_registered_at_must_be_utc(offset: timezone | None) -> None:
    with pytest.raises(ValueError, match="registered_at must be an aware datetime in UTC"):
        new_customer(registered_at=datetime(2026, 2, 11, tzinfo=offset))


def test_customer_is_the_new_customer_with_an_id() -> None:
    new = new_customer()
    customer = Customer.of(new, id=7)
    assert attrs.asdict(customer) == {**attrs.asdict(new), "id": 7}


def test_customer_is_frozen() -> None:
    new = new_customer()
    for customer in (new, Customer.of(new, id=7)):
        for name in ("name", "registered_at", "compared_email", "id", "unknown"):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(customer, name, "Pyotr")


def _pickled(customer: NewCustomer) -> NewCustomer:
    return pickle.loads(pickle.dumps(customer))  # type: ignore[no-any-return]  # noqa: S301 — своё


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, attrs.evolve, _pickled])
def test_copy_of_a_customer_is_its_equal(copied: Callable[[NewCustomer], NewCustomer]) -> None:
    new = new_customer(email="ﬁona@example.ru")
    for customer in (new, Customer.of(new, id=7)):
        again = copied(customer)
        assert again == customer
        assert hash(again) == hash(customer)
        assert again.compared_email == "fiona@example.ru"
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            again.name = "Pyotr"  # type: ignore[misc]  # это и проверяется


def test_changed_copy_of_a_customer_obeys_the_rules_and_leaves_the_first_alone() -> None:
    new = new_customer()
    customer = Customer.of(new, id=7)
    changed = attrs.evolve(customer, email="Pyotr@Example.ru", name=" Pyotr ")
    assert (changed.email, changed.compared_email) == ("pyotr@example.ru", "pyotr@example.ru")
    assert (changed.name, changed.id) == ("Pyotr", 7)
    assert (customer.name, new.name) == ("Ivan Ivanov", "Ivan Ivanov")
    with pytest.raises(InvalidCustomerError, match=r"^age: out_of_range$"):
        attrs.evolve(customer, age=200)


def test_customer_stored_earlier_keeps_the_time_of_then() -> None:
    again = new_customer(registered_at=LATER_AT)
    assert Customer.of(again, id=7).registered_at == LATER_AT
    assert Customer.of(again, id=7, registered_at=REGISTERED_AT) == Customer.of(
        new_customer(), id=7
    )
