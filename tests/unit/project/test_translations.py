"""Страницы на двух языках говорят одно и то же."""

import re

import pytest

from tests.support.markdown import blocks, page_text, prose
from tests.support.project import ROOT

TRANSLATED = {
    f"docs/{page.name}": f"docs/ru/{page.name}" for page in (ROOT / "docs" / "ru").glob("*.md")
} | {"README.md": "README.ru.md"}
PAIRS = sorted(TRANSLATED.items())
LANGUAGES = ("json", "nginx", "python", "sh", "sql", "text", "toml")


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_both_languages_have_the_same_commands_and_examples(english: str, russian: str) -> None:
    for language in LANGUAGES:
        assert blocks(english, language) == blocks(russian, language)


@pytest.mark.parametrize("language", ["sh", "json", "python"])
def test_readme_has_commands_and_examples(language: str) -> None:
    assert blocks("README.md", language) == blocks("README.ru.md", language) != []


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_both_languages_name_the_same_settings_commands_and_codes(
    english: str, russian: str
) -> None:
    named = [set(re.findall(r"`([^`\n]+)`", prose(page))) for page in (english, russian)]
    assert named[0] == named[1] != set()


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_both_languages_say_the_same_numbers(english: str, russian: str) -> None:
    said = [sorted(re.findall(r"\d+", prose(page))) for page in (english, russian)]
    assert said[0] == said[1]


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_both_languages_have_the_same_tables_and_headings(english: str, russian: str) -> None:
    shape = [re.findall(r"^(?:#+|\|)", prose(page), re.MULTILINE) for page in (english, russian)]
    assert shape[0] == shape[1]


@pytest.mark.parametrize(("english", "russian"), PAIRS)
def test_each_language_begins_with_a_link_to_the_other(english: str, russian: str) -> None:
    up = "" if english == "README.md" else "../"
    down = "" if english == "README.md" else "ru/"
    name = english.rpartition("/")[2]
    assert page_text(english).splitlines()[2] == f"[По-русски]({down}{russian.rpartition('/')[2]})"
    assert page_text(russian).splitlines()[2] == f"[In English]({up}{name})"
