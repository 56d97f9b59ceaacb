"""``crm-api import`` в этом процессе и в другом и то, что после неё в базе данных."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from click.testing import CliRunner, Result

from entrypoints.cli.crm_api import crm_api
from tests.support.messy_file import COLUMNS
from tests.support.project import ROOT

STORED = f"SELECT {', '.join(COLUMNS)} FROM customers"  # noqa: S608 — имена свои


def run_import(database: str, *arguments: str, **variables: str) -> Result:
    """Исполняет команду в этом процессе."""
    given = {"CRM_DATABASE_URL": database, "LC_ALL": "C", **variables}
    return CliRunner().invoke(crm_api, ["import", *arguments], env=given, catch_exceptions=False)


def query(database: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchall()


def stored(database: str) -> list[tuple[object, ...]]:
    """Все столбцы, кроме номера и времени."""
    return sorted(query(database, STORED), key=repr)


def counts(result: Result) -> dict[str, object]:
    document: dict[str, object] = json.loads(result.stdout)
    return document


def environment(database: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "CRM_DATABASE_URL": database,
    }


@contextmanager
def importing(
    database: str, *arguments: str, stderr: int = subprocess.PIPE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Загрузка другим процессом; в конце его уже нет."""
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-m", "entrypoints.cli", "import", *arguments],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_stored(database: str, wanted: int) -> bool:
    with psycopg.connect(database) as connection:
        if connection.execute("SELECT to_regclass('customers')").fetchone() == (None,):
            return False
        row = connection.execute("SELECT count(*) FROM customers").fetchone()
        return row is not None and row[0] >= wanted
