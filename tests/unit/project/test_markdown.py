"""Страницы Markdown: ссылки ведут к тому, что есть, и названные файлы лежат там, где сказано."""

import re
from pkgutil import resolve_name

import pytest

from tests.support.markdown import anchors, page_text, prose
from tests.support.project import ROOT

TOPS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(page for top in TOPS for page in (ROOT / top).rglob("*.md"))]
    if "node_modules" not in path.parts
)

_TEXTS = {".cfg", ".env", ".md", ".py", ".service", ".sql", ".toml", ".yml"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: str) -> None:
    broken = []
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(str(target))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`([\w./-]+/[\w./-]*)`", prose(page))
    paths = {path for path in named if path.partition("/")[0] in TOPS} - {"application/json"}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_name_of_the_code_that_a_page_gives_exists(page: str) -> None:
    layers = "domain|application|adapters|entrypoints"
    for name in re.findall(rf"`((?:{layers})(?:\.\w+)+)`", prose(page)):
        resolve_name(name)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_gives_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.* ## ", makefile, re.MULTILINE)
    given = re.findall(r"(?:`|^|\d )make ([a-z-]+)", page_text(page), re.MULTILINE)
    assert set(given) <= set(targets)


def test_every_page_that_a_file_names_exists() -> None:
    files = [path for top in TOPS for path in (ROOT / top).rglob("*.*") if path.suffix in _TEXTS]
    named = {
        page
        for path in files
        if "node_modules" not in path.parts
        for page in re.findall(r"docs/[a-z0-9/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert sorted(page for page in named if not (ROOT / page).exists()) == []


def test_every_decision_is_a_record_and_architecture_lists_it() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    architecture = page_text("docs/architecture.md")
    assert re.findall(r"\(decisions/([\w.-]+)\)", architecture) == [one.name for one in records]
    for number, record in enumerate(records, start=1):
        text = page_text(str(record))
        assert record.name.startswith(f"{number:04}-")
        assert re.match(rf"# {number}\. .+\n\n- Status: \w+.*\n- Date: \d{{4}}-\d\d-\d\d", text)
        assert re.findall(r"^## .+$", text, re.MULTILINE) == ["## Context", "## Decision"]
