"""Переменные ``PG…`` чужой базы данных: встроенной они не касаются, заданной — дополняют адрес."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import Conninfo

from adapters.postgres.embedded import EmbeddedPostgres, embedded_postgres
from entrypoints.python import registration
from tests.support.project import ROOT
from tests.support.sql import execute

# Чем переменная навредила бы сильнее всего; остальным достаётся бессмыслица.
_HARM = {
    "PGHOST": "127.0.0.1",
    "PGHOSTADDR": "127.0.0.1",
    "PGPORT": "1",
    "PGOPTIONS": "-c default_transaction_read_only=on",
    "PGSSLMODE": "require",
    "PGSSLNEGOTIATION": "direct",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCONNECT_TIMEOUT": "soon",
    "PGCHANNELBINDING": "require",
    "PGGSSENCMODE": "require",
    "PGREQUIREPEER": "nobody-at-all",
    "PGREQUIRESSL": "1",
    "PGTZ": "Asia/Tokyo",
    "PGDATESTYLE": "SQL, DMY",
}
_HARMFUL = {
    option.envvar.decode(): "nonsense" for option in Conninfo.get_defaults() if option.envvar
} | _HARM


def crm_api(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Исполняет команду отдельным процессом: libpq читает окружение самого процесса."""
    return subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-m", "entrypoints.cli", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def server(data_root: Path) -> Iterator[EmbeddedPostgres]:
    with embedded_postgres(data_root / "variables") as server:
        yield server


@pytest.mark.parametrize(
    "names", [*map(frozenset, [["PGHOSTADDR"], ["PGSERVICE"], _HARMFUL])], ids=len
)
def test_embedded_database_is_reached_whatever_the_variables_say(
    server: EmbeddedPostgres, tmp_path: Path, names: list[str]
) -> None:
    given = {name: _HARMFUL[name] for name in names}
    given["CRM_DATA_DIR"] = str(server.sockets.parent)
    email = f"process{len(names)}.{min(names).lower()}@example.ru"
    for command in (
        ["register", "--name", "Ivan", "--email", email],
        ["check"],
        ["migrate", "status"],
        ["import", "--dry-run", "customers.csv"],
    ):
        (tmp_path / "customers.csv").write_text("name,email\nIvan,dry@example.ru\n")
        done = crm_api(tmp_path, *command, **given)
        assert done.returncode == 0, done
    assert is_registered(server, email)


# Службу libpq ищет и тогда; какой нет, о той чужая программа узнает из ошибки.
@pytest.mark.parametrize("name", sorted(_HARMFUL.keys() - {"PGSERVICE"}))
def test_program_of_somebody_else_reaches_it_too_and_keeps_its_variables(
    server: EmbeddedPostgres,
    folder: Path,  # noqa: ARG001 — рабочая папка
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv("CRM_DATA_DIR", str(server.sockets.parent))
    monkeypatch.setenv(name, _HARMFUL[name])
    with registration() as register:
        register(name="Ivan", email=f"host.{name.lower()}@example.ru")
    assert os.environ[name] == _HARMFUL[name]
    monkeypatch.delenv(name)
    assert is_registered(server, f"host.{name.lower()}@example.ru")


def is_registered(server: EmbeddedPostgres, email: str) -> bool:
    own = server.superuser_url.replace("/postgres?", "/crm_db?")
    return bool(execute(own, "SELECT 1 FROM customers WHERE email = %s", email))


def test_given_database_keeps_them_and_they_are_named(tmp_path: Path, server_url: str) -> None:
    address = psycopg.conninfo.conninfo_to_dict(server_url)
    given = {
        "CRM_DATABASE_URL": "postgresql:///postgres",
        "PGHOST": str(address["host"]),
        "PGUSER": str(address["user"]),
        "PGPASSWORD": "verysecret",
        "PGAPPNAME": "not heeded: the service names itself",
    }
    checked = crm_api(tmp_path, "check", "--json", **given)
    found = {line["about"]: line for line in map(json.loads, checked.stdout.splitlines())}
    assert found["database"]["ok"]
    told = found["environment"]["detail"]
    assert f"PGHOST={address['host']}" in told
    assert "PGPASSWORD=********" in told
    assert "PGAPPNAME" not in told
    shown = crm_api(tmp_path, "settings", "--json", **given).stdout
    rows = [json.loads(line) for line in shown.splitlines()]
    assert {"name": "PGUSER", "value": address["user"], "source": "environment"} in rows
    assert "verysecret" not in checked.stdout + shown


@pytest.mark.parametrize("url", ["", "memory://"])
def test_variables_that_do_not_count_are_not_named(tmp_path: Path, url: str) -> None:
    shown = crm_api(tmp_path, "settings", CRM_DATABASE_URL=url, PGHOSTADDR="127.0.0.1")
    assert "PGHOSTADDR" not in shown.stdout
