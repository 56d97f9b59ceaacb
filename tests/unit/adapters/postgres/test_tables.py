"""Столбцы покупателя вмещают ровно то, что допускают правила его полей."""

import pytest
from sqlalchemy import Integer, String

from adapters.postgres.tables import customers
from domain.customer import REQUIRED_FIELDS, RULES
from domain.rules import Email, Text, WholeNumber


def test_columns_are_the_fields_between_the_id_and_the_time() -> None:
    assert customers.columns.keys() == ["id", *RULES, "registered_at"]


@pytest.mark.parametrize("field", RULES)
def test_column_is_as_long_as_the_rule_allows_and_null_where_the_field_is_optional(
    field: str,
) -> None:
    column = customers.columns[field]
    assert column.nullable == (field not in REQUIRED_FIELDS)
    match RULES[field]:
        case Text(max_length=longest) | Email(max_length=longest):
            assert isinstance(column.type, String)
            assert column.type.length == longest
        case WholeNumber():
            assert isinstance(column.type, Integer)
