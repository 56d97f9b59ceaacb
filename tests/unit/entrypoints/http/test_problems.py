"""Виды отказов: адрес, название, описание и страница в ``docs/`` согласны между собой."""

import re
from html import unescape

import orjson
import pytest
from starlette.testclient import TestClient

from entrypoints.http.problem_examples import example_problem
from entrypoints.http.problems import problem_body, problem_headers, type_uri
from entrypoints.problem_catalogue import PROBLEM_TYPES
from entrypoints.problem_error import ProblemError
from entrypoints.texts import RULE_CODES, Language, text
from tests.support.markdown import page_text
from tests.support.project import ROOT

PAGES = [
    ("docs/problems.md", Language.EN, "Types", "Codes in `errors`"),
    ("docs/ru/problems.md", Language.RU, "Виды", "Коды в `errors`"),
]
# Время регистрации задаёт загрузка; в запросе HTTP его нет.
OF_IMPORTED_TIMES = {"not_a_time", "no_time_zone", "in_the_future"}
RULES_SOURCE = (ROOT / "domain" / "rules.py").read_text(encoding="utf-8")


def rows(page: str, heading: str) -> list[str]:
    """Строки таблицы под заголовком, без её шапки: она тоже начинается с кода."""
    section = page_text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")][1:]


@pytest.mark.parametrize(("page", "language", "heading", "_"), PAGES)
def test_page_lists_every_problem_type_as_the_catalogue_has_it(
    page: str, language: Language, heading: str, _: str
) -> None:
    assert rows(page, heading) == [
        f"| `{type_uri(code)}` | {found.status.value} | {found.title.text(language, {})}"
        f" | {found.advice.text(language, {})} |"
        for code, found in PROBLEM_TYPES.items()
    ]


@pytest.mark.parametrize(("page", "language", "_", "heading"), PAGES)
def test_page_lists_every_rule_code(page: str, language: Language, _: str, heading: str) -> None:
    limits = {"min": "…", "max": "…"}
    assert rows(page, heading) == [
        f"| `{code}` | {text(code, language, limits)} |" for code in RULE_CODES
    ]


def test_every_code_of_the_domain_is_in_the_catalogue() -> None:
    raised = set(re.findall(r'RuleBrokenError\("(\w+)"', RULES_SOURCE))
    assert raised
    assert raised - OF_IMPORTED_TIMES <= set(RULE_CODES)
    assert all(text(code, Language.EN, {}) for code in OF_IMPORTED_TIMES)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_type_leads_to_a_page_in_the_language_of_the_reader(
    client: TestClient, code: str, language: Language
) -> None:
    answer = client.get(type_uri(code), headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == language
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert f"<h1>{PROBLEM_TYPES[code].title.text(language, {})}</h1>" in answer.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_page_shows_an_answer_of_its_type(
    client: TestClient, code: str, language: Language
) -> None:
    page = client.get(type_uri(code), headers={"Accept-Language": language}).text
    example = re.search(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    assert example
    assert orjson.loads(unescape(example[1])) == orjson.loads(
        problem_body(example_problem(code), language)
    )


def test_unknown_type_is_404(client: TestClient) -> None:
    answer = client.get("/problems/<script>")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not_found"


def test_titles_of_different_types_differ() -> None:
    for language in Language:
        titles = [found.title.text(language, {}) for found in PROBLEM_TYPES.values()]
        assert len(set(titles)) == len(titles)


def test_body_holds_type_title_status_and_detail() -> None:
    body = problem_body(ProblemError("bad_request"), Language.EN)
    assert body == (
        b'{"type":"/problems/bad_request","title":"Bad request","status":400,'
        b'"detail":"The request cannot be parsed"}'
    )


def test_types_stand_in_the_order_of_their_statuses() -> None:
    statuses = [found.status for found in PROBLEM_TYPES.values()]
    assert statuses == sorted(statuses)


@pytest.mark.parametrize(
    "code", [code for code, found in PROBLEM_TYPES.items() if found.status == 503]
)
def test_every_503_says_when_to_try_again(code: str) -> None:
    assert int(problem_headers(ProblemError(code), Language.RU)["Retry-After"]) > 0
