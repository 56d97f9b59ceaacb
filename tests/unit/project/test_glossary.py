"""Словарь не расходится с кодом: каждый термин, английский и русский, есть там, где сказано."""

import re

import pytest

from tests.support.markdown import page_text
from tests.support.project import ROOT

ROW = re.compile(r"^\| ([a-z ]+) \| ([а-яё SQL]+) \| `([\w./]+)` \|", re.MULTILINE)


def words(text: str) -> str:
    """Слова строчными через пробел: ``IdempotencyKey`` и ``idempotency_key`` — это два слова."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", text)
    return f" {apart.lower()} "


@pytest.mark.parametrize(("english", "russian", "path"), ROW.findall(page_text("docs/glossary.md")))
def test_term_is_used_where_it_is_said_to_live(english: str, russian: str, path: str) -> None:
    home = ROOT / path
    files = sorted(home.rglob("*.py")) if home.is_dir() else [home]
    used = words(" ".join([path, *(file.read_text(encoding="utf-8") for file in files)]))
    assert re.search(rf" {english}s? ", used)
    # У русского слова меняется окончание: сличается начало каждого.
    stems = [word[: max(3, len(word) - 3)] for word in russian.lower().split()]
    assert all(f" {stem}" in used for stem in stems)
