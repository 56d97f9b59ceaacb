"""Каталог текстов полон."""

import pytest

from domain.customer import RULES
from domain.errors import InvalidCustomerError
from entrypoints.texts import Language, text
from tests.support.customers import new_customer

WRONG_VALUES = [None, 5, "", "x" * 1000, "\0", 1000, "x"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("field", RULES)
@pytest.mark.parametrize("value", WRONG_VALUES, ids=repr)
def test_every_broken_rule_has_a_text(language: Language, field: str, value: object) -> None:
    try:
        new_customer(**{field: value})
    except InvalidCustomerError as error:
        for rule in error.broken_rules:
            assert text(rule.code, language, rule.limits)
