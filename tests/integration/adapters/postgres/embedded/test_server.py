"""Встроенный PostgreSQL: запуск, общий доступ, остановка и восстановление после любой смерти."""

import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import binaries
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.marked_folders import make_marked
from tests.support.embedded_processes import parent_of, processes_naming, starting_client
from tests.support.embedded_server import (
    IS_ROOT,
    answers,
    client_process,
    is_running,
    linux_only,
    query,
    refusal,
    server_pid,
    supervisor_pid,
)
from tests.support.eventually import eventually


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
    with ExitStack() as stack:
        clients = [stack.enter_context(starting_client(folders.root)) for _ in range(8)]
        urls = {client.stdout.readline().strip() for client in clients if client.stdout}
        assert len(urls) == 1
        assert answers(urls.pop())
        for client in clients:
            client.communicate()


def test_users_who_leave_together_all_wait_for_the_stop(folders: Folders) -> None:
    with client_process(folders) as (one, _), client_process(folders) as (two, _):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda client: client.communicate(), (one, two)))
        assert not is_running(folders)


@linux_only
def test_server_stops_when_the_system_stops_its_supervisor(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        os.kill(supervisor_pid(folders), signal.SIGTERM)
        eventually(lambda: not is_running(folders))
    assert not (folders.pgdata / "postmaster.pid").exists()


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


@linux_only
def test_server_leaves_with_its_killed_supervisor_and_starts_anew(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
        os.kill(supervisor_pid(folders), signal.SIGKILL)
        eventually(lambda: not is_running(folders))
        with embedded_postgres(folders.root):
            assert query(server.url, "SELECT value FROM kept") == (7,)


@linux_only
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
    make_marked(folders.draft)
    folders.pgdata.rename(folders.pgdata_draft)
    (folders.pgdata_draft / "PG_VERSION").unlink()
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)
    assert not folders.draft.exists()


@linux_only
def test_creation_killed_halfway_leaves_nobody_to_spoil_the_next_one(folders: Folders) -> None:
    with starting_client(folders.root) as client:
        (initdb,) = eventually(lambda: processes_naming(folders.pgdata_draft)[:1])
        os.kill(parent_of(initdb), signal.SIGKILL)
        client.kill()
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)
        assert initdb not in processes_naming(folders.pgdata_draft)


@linux_only
def test_starter_killed_halfway_leaves_no_server_and_no_complaint(folders: Folders) -> None:
    with starting_client(folders.root) as client:
        eventually(lambda: processes_naming(folders.pgdata_draft))
        client.kill()
        client.wait()
        with embedded_postgres(folders.root) as server:
            assert answers(server.url)
    assert not is_running(folders)
    assert folders.supervisor_log.read_text() == ""


@linux_only
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


@linux_only
def test_server_started_by_hand_is_left_alone(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    account = server_account(folders.pgdata)
    with subprocess.Popen(  # noqa: S603 — тот же сервер, что запускает надзиратель
        [
            binaries(18, account, folders.root) / "postgres",
            *("-D", folders.pgdata, "-k", folders.sockets, "-c", "listen_addresses="),
        ],
        stderr=subprocess.DEVNULL,
        **account.process_arguments(),
    ) as by_hand:
        eventually((folders.pgdata / "postmaster.pid").exists)
        assert 'lock file "postmaster.pid" already exists' in refusal(folders.root)
        assert by_hand.poll() is None
        by_hand.send_signal(signal.SIGINT)


def test_server_log_holds_no_personal_data(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        query(server.url, "CREATE TABLE people (email text UNIQUE)")
        insert = "INSERT INTO people VALUES ('planted@example.ru')"
        query(server.url, insert)
        with pytest.raises(psycopg.errors.UniqueViolation):
            query(server.url, insert)
    logs = [*(folders.pgdata / "log").iterdir(), folders.startup_log, folders.supervisor_log]
    text = "".join(path.read_text() for path in logs)
    assert "people_email_key" in text
    assert "planted" not in text


def test_letter_case_is_known_beyond_latin(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        assert query(server.url, "SELECT 'Иван' ILIKE 'иван', lower('ИВАН')") == (True, "иван")
