"""Файл ``customers.csv`` в рабочей папке и его загрузка в хранилище в памяти."""

import csv
from pathlib import Path

from click.testing import CliRunner, Result

from entrypoints.cli.crm_api import crm_api

HEADER = "name,email,age\n"
MIXED = (
    HEADER + "Ivan,ivan@example.ru,33\n"
    "Ivan again,IVAN@example.ru,34\n"
    "Nobody,nobody,200\n"
    "Few,few@example.ru\n"
    'Stray "quote,stray@example.ru,1\n'
    '"Unclosed,unclosed@example.ru,1\n'
    "Pyotr,pyotr@example.ru,\n"
    "Many,many@example.ru,1,2\n"
)


def run(content: str | bytes | None, *options: str, **variables: str) -> Result:
    """Загружает ``customers.csv`` с таким содержанием; без содержания — каким его оставили."""
    if content is not None:
        data = content.encode() if isinstance(content, str) else content
        Path("customers.csv").write_bytes(data)
    given = {"CRM_DATABASE_URL": "memory://", "LC_ALL": "C", **variables}
    arguments = ["import", "customers.csv", *options]
    return CliRunner().invoke(crm_api, arguments, env=given, catch_exceptions=False)


def rejects(folder: Path, name: str = "customers.csv.rejects.csv") -> list[list[str]]:
    """Строки отвергнутого, с заголовком."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def refused(done: Result, message: str) -> None:
    """Проверяет, что это одна ясная строка и код 2."""
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {message}"), done.stderr
    assert done.stderr.count("\n") == 1
