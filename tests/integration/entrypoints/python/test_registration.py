"""Регистрация из Python на настоящем PostgreSQL: потоки, встроенный сервер, схема, fork."""

import gc
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded import EmbeddedPostgresError
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.schema.upgrade import MigrationError
from domain.errors import EmailAlreadyRegisteredError
from entrypoints.python import Register, async_registration, registration
from tests.support.customers import IVAN
from tests.support.project import ROOT
from tests.support.sessions import service_sessions

THREADS = 64
CALLS = 40


def stored(database: str) -> list[tuple[int, str]]:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT id, email FROM customers").fetchall()


def register_many(register: Register, thread: int) -> dict[int, str]:
    """Регистрирует своих покупателей, а между ними — общего с другими потоками."""
    registered = {}
    for n in range(CALLS):
        for email in (f"{thread}.{n}@example.ru", f"common.{n}@example.ru"):
            try:
                customer = register(name="Ivan", email=email)
            except EmailAlreadyRegisteredError:
                assert email.startswith("common")
            else:
                registered[customer.id] = customer.email
    return registered


def test_no_row_of_64_threads_is_lost_or_doubled(database: str) -> None:
    with registration(database) as register, ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(lambda thread: register_many(register, thread), range(THREADS)))
        # Потоки делят общие пачки, а не открывают соединение каждый.
        assert len(service_sessions(database)) == 1
    acknowledged = [pair for registered in outcomes for pair in registered.items()]
    assert len(acknowledged) == THREADS * CALLS + CALLS
    assert sorted(acknowledged) == sorted(stored(database))
    assert service_sessions(database) == []


@pytest.mark.anyio
async def test_asynchronous_registration_is_stored(database: str) -> None:
    async with async_registration(database) as register:
        customer = await register(**IVAN)
    assert stored(database) == [(customer.id, IVAN["email"])]


def test_embedded_server_serves_and_stops(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_DATA_DIR", str(folders.root))
    with registration() as register:
        assert register(**IVAN).id == 1
    with registration("") as register, pytest.raises(EmailAlreadyRegisteredError):
        register(**IVAN)


def test_schema_is_made_unless_the_settings_forbid_it(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_AUTO_MIGRATE", "false")
    with registration(empty_database):
        pass
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('customers')").fetchone() == (None,)
    monkeypatch.delenv("CRM_AUTO_MIGRATE")
    with registration(empty_database) as register:
        assert register(**IVAN).id == 1


def test_absent_database_is_one_clear_error(caplog: pytest.LogCaptureFixture) -> None:
    with (
        pytest.raises(MigrationError, match="cannot reach the database"),
        registration("postgresql://u:topsecret@127.0.0.1:1/none"),
    ):
        pass
    gc.collect()  # о непрочитанной ошибке asyncio говорит, когда её убирают
    assert caplog.messages == []


def test_unusable_data_folder_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(EmbeddedPostgresError, match="cannot keep data in"), registration():
        pass


FORKED = """
import os
import sys
from entrypoints.python import registration

database = sys.argv[1]


def child(register):
    try:
        register(name="Ivan", email="inherited@example.ru")
    except RuntimeError as error:
        print(error)
    with registration(database) as own:
        print(own(name="Ivan", email="child@example.ru").email)


with registration(database) as register:
    register(name="Ivan", email="before@example.ru")
    pid = os.fork()
    if pid:
        assert os.waitpid(pid, 0) == (pid, 0)
        print(register(name="Ivan", email="after@example.ru").email)
    else:
        child(register)  # и выходит через конец with: у родителя он ничего не закроет
"""


def test_forked_process_is_told_to_open_its_own_and_leaves_the_parent_alone(database: str) -> None:
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", FORKED, database],
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    refusal, *emails = run.stdout.splitlines()
    assert refusal.startswith("registration was opened before this process was forked: open it")
    assert emails == ["child@example.ru", "after@example.ru"]
    assert {email for _, email in stored(database)} == {"before@example.ru", *emails}
