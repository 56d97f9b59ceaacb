"""README говорит на двух языках одно и то же, и его примеры работают."""

import json
import re
from typing import cast

import attrs
import pytest

from domain.customer import RULES
from tests.support.customers import IVAN
from tests.support.project import ROOT

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [body for found, body in _FENCE.findall(text) if found == language]


@pytest.mark.parametrize("language", ["sh", "json", "python"])
def test_both_languages_have_the_same_commands_and_examples(language: str) -> None:
    assert blocks("README.md", language) == blocks("README.ru.md", language) != []


def test_both_languages_name_the_same_settings() -> None:
    named = [
        set(re.findall(r"`(CRM_[A-Z_]+)`", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.ru.md")
    ]
    assert named[0] == named[1] != set()


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_rules_of_the_fields_are_those_of_the_domain(page: str) -> None:
    table = re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
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
    ("example", "printed"),
    [
        (0, "1 ivan.ivanov@example.ru\n"),
        (1, "1 ivan.ivanov@example.ru\n"),
        (2, "201 1\n"),
    ],
)
def test_python_examples_run(
    example: int, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = blocks("README.md", "python")[example]
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 — это пример из нашего README
    assert capsys.readouterr().out == printed


def test_python_example_of_the_page_on_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("docs/python.md", "python")
    exec(compile(code, "docs/python.md", "exec"), {})  # noqa: S102 — это наша же страница
    assert capsys.readouterr().out == "1\n"
