"""Чтение страниц Markdown: примеры отдельно, остальное отдельно."""

import re

from tests.support.project import ROOT

_FENCED = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def page_text(page: str) -> str:
    """Возвращает страницу целиком; ``page`` — путь от корня клона."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Возвращает примеры на этом языке по порядку."""
    return [body for found, body in _FENCED.findall(page_text(page)) if found == language]


def prose(page: str) -> str:
    """Возвращает страницу без примеров: в них # — не заголовок, а скобки — не ссылка."""
    return _FENCED.sub("", page_text(page))


def anchors(page: str) -> set[str]:
    """Якоря заголовков, какими их делает GitHub: строчные буквы, дефисы вместо пробелов."""
    shown = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one) for one in _HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in shown}
