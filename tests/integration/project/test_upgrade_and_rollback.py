"""Обновление и возврат: два колеса, одна база данных, в обе стороны."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from attrs import frozen

from tests.support.sql import execute

_ADDS = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = {last!r}

def upgrade():
    op.add_column("customers", sa.Column("loyalty", sa.Integer))
    op.create_table("purchases", sa.Column("id", sa.Integer, primary_key=True))
"""
_TAKES_AWAY = """
from alembic import op

revision = "9002"
down_revision = "9001"
oldest_program = "9001"

def upgrade():
    op.drop_column("customers", "loyalty")
"""


@frozen
class Program:
    """Версия сервиса: распакованное колесо."""

    folder: Path

    def __call__(self, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Исполняет её ``crm-api``."""
        variables = {"PYTHONPATH": str(self.folder), "CRM_DATABASE_URL": database}
        return subprocess.run(  # noqa: S603 — запускается своё же колесо
            [sys.executable, "-P", "-m", "entrypoints.cli", *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, "HOME": str(self.folder), "LC_ALL": "C", **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def register(self, database: str, email: str) -> int:
        """Записывает с ключом, равным адресу, и возвращает номер."""
        given = ("--name", "Ivan", "--email", email, "--phone", "+7", "--idempotency-key", email)
        done = self(database, "register", *given, "--json")
        assert done.returncode == 0, done.stderr
        number = json.loads(done.stdout)["id"]
        assert isinstance(number, int)
        return number


@pytest.fixture
def today(wheel: Path, tmp_path: Path) -> Program:
    """Эта версия."""
    return unpacked(wheel, tmp_path / "today")


@pytest.fixture
def adding(wheel: Path, tmp_path: Path) -> Program:
    """Следующая: в её схеме только прибавилось."""
    return next_version(wheel, tmp_path / "adding", "9.1.0", _ADDS)


@pytest.fixture
def taking_away(wheel: Path, tmp_path: Path) -> Program:
    """Та, что за нею: убирает то, чем сама уже не пользуется."""
    return next_version(wheel, tmp_path / "taking", "9.2.0", _ADDS, _TAKES_AWAY)


def unpacked(wheel: Path, folder: Path) -> Program:
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(folder)
    return Program(folder)


def next_version(wheel: Path, folder: Path, version: str, *migrations: str) -> Program:
    """Распаковывает колесо, называет его другой версией и прибавляет миграции."""
    program = unpacked(wheel, folder)
    (metadata,) = folder.glob("*.dist-info/METADATA")
    lines = metadata.read_text(encoding="utf-8").splitlines()
    told = [f"Version: {version}" if line.startswith("Version: ") else line for line in lines]
    metadata.write_text("\n".join(told), encoding="utf-8")
    versions = folder / "adapters/postgres/schema/migrations/versions"
    last = max(path.name[1:5] for path in versions.glob("m*.py"))
    for number, source in enumerate(migrations, start=1):
        text = source.format(last=last)
        (versions / f"m900{number}_later.py").write_text(text, encoding="utf-8")
    return program


def test_new_version_is_rolled_back_and_forth_without_a_loss(
    today: Program, adding: Program, empty_database: str
) -> None:
    assert today(empty_database, "migrate", "up").returncode == 0
    assert today.register(empty_database, "1@example.ru") == 1
    upgraded = adding(empty_database, "migrate", "up")
    assert "Applied 9001" in upgraded.stdout
    # Прежняя ещё работает рядом, и вернуться к ней можно, ничего не делая со схемой.
    for program in (today, adding, today):
        assert program.register(empty_database, "1@example.ru") == 1
    assert today.register(empty_database, "2@example.ru") == 2
    assert adding.register(empty_database, "2@example.ru") == 2
    status = today(empty_database, "migrate", "status", "--json")
    assert json.loads(status.stdout)["current"] is True
    again = today(empty_database, "migrate", "up")
    assert again.stdout == "The schema is at 9001 already; nothing was changed.\n"
    assert execute(empty_database, "SELECT count(*) FROM customers") == [(2,)]


def test_version_that_misses_something_says_which_one_it_needs(
    today: Program, taking_away: Program, adding: Program, empty_database: str
) -> None:
    assert today.register(empty_database, "1@example.ru") == 1
    assert taking_away(empty_database, "migrate", "up").returncode == 0
    refused = today(empty_database, "register", "--name", "Ivan", "--email", "2@example.ru")
    assert refused.returncode == 1
    assert "install 9.2.0 or newer" in refused.stderr
    assert refused.stderr.count("\n") == 1
    # А промежуточная знает всё, что осталось нужно.
    assert adding(empty_database, "migrate", "up").returncode == 0


def test_audit_comes_before_the_migration(today: Program, adding: Program, earlier: str) -> None:
    execute(
        earlier,
        "INSERT INTO customers (name, email, registered_at) VALUES ('I', 'I@example.ru', now())",
    )
    for program in (today, adding):
        audited = program(earlier, "migrate", "audit")
        assert audited.stdout == "1\temail\tnot_normal\n"
    assert today(earlier, "migrate", "up").returncode == 0
    audited = adding(earlier, "migrate", "audit")
    assert (audited.returncode, audited.stdout) == (0, "")
