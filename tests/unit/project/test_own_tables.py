"""Страница о переходе называет все таблицы, которые сервис заводит сам."""

import re

import pytest

from adapters.postgres.tables import metadata
from tests.support.markdown import prose


@pytest.mark.parametrize(
    ("page", "begins"), [("docs/migrating.md", "Back again"), ("docs/ru/migrating.md", "Обратно")]
)
def test_page_of_the_way_back_names_every_table(page: str, begins: str) -> None:
    [paragraph] = [line for line in prose(page).splitlines() if line.startswith(f"**{begins}")]
    own = metadata.tables.keys() - {"customers"} | {"crm_api_schema_version"}
    assert own <= set(re.findall(r"`(\w+)`", paragraph))
