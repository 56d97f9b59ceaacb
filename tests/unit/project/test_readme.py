"""README короток, его примеры работают, а таблицы страниц согласны с кодом."""

import json
import re
from typing import cast

import attrs
import pytest

from domain.customer import RULES
from entrypoints.settings import Settings
from tests.support.customers import IVAN
from tests.support.markdown import blocks, page_text


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_newcomer_reads_it_to_the_end(page: str) -> None:
    assert len(page_text(page).splitlines()) <= 120


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/ru/settings.md"])
def test_page_on_settings_names_every_one_and_no_other(page: str) -> None:
    named = re.findall(r"`(CRM_[A-Z_]+)`", page_text(page))
    assert sorted(named) == sorted(
        [*(f"CRM_{one.name.upper()}" for one in attrs.fields(Settings)), "CRM_SETTINGS"]
    )


@pytest.mark.parametrize("page", ["docs/http-api.md", "docs/ru/http-api.md"])
def test_rules_of_the_fields_are_those_of_the_domain(page: str) -> None:
    table = re.findall(r"^\| `(\w+)` \| (.*) \|$", page_text(page), re.MULTILINE)
    told = {name: rule for name, rule in table if name in RULES}
    assert list(told) == list(RULES)
    for name, rule in told.items():
        limits = attrs.asdict(cast("attrs.AttrsInstance", RULES[name])).values()
        assert {int(number) for number in re.findall(r"\d+", rule)} == {
            limit for limit in limits if not isinstance(limit, bool)
        }


def test_curl_example_is_the_customer_of_the_tests() -> None:
    curl = next(block for block in blocks("README.md", "sh") if block.startswith("curl"))
    assert json.loads(curl.partition("-d '")[2].rstrip().rstrip("'")) == IVAN
    registered = json.loads(blocks("README.md", "json")[0])
    assert {name: registered[name] for name in IVAN} == IVAN


@pytest.mark.parametrize(
    ("page", "example", "printed"),
    [
        ("README.md", 0, "1 ivan.ivanov@example.ru\n"),
        ("docs/python.md", 0, "1 ivan.ivanov@example.ru\n"),
        ("docs/python.md", 1, "1 0 0\n"),
        ("docs/python.md", 2, "1\n"),
        ("docs/python.md", 3, "201 1\n"),
    ],
)
def test_python_examples_run(
    page: str, example: int, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = blocks(page, "python")[example]
    exec(compile(code, page, "exec"), {})  # noqa: S102 — это пример с нашей страницы
    assert capsys.readouterr().out == printed


def test_no_python_example_is_left_untried() -> None:
    assert len(blocks("README.md", "python")) == 1
    assert len(blocks("docs/python.md", "python")) == 4
