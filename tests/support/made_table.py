"""Таблица в документации, которую пишет команда make; её место отмечено именем команды."""

import re
from pathlib import Path


def put_table(page: Path, command: str, table: str) -> None:
    """Заменяет таблицу, которую на этой странице пишет эта команда."""
    text = page.read_text(encoding="utf-8")
    page.write_text(_place(command).sub(lambda _: table, text), encoding="utf-8")


def shown_table(page: Path, command: str) -> str:
    """Возвращает её."""
    found = _place(command).search(page.read_text(encoding="utf-8"))
    assert found, f"{page.name} has no place for the table of {command}"
    return found[0]


def _place(command: str) -> re.Pattern[str]:
    before = re.escape(f"<!-- {command} -->\n")
    return re.compile(rf"(?<={before}).*?(?=<!-- end -->)", re.DOTALL)
