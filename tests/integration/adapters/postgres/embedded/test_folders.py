"""Встроенный PostgreSQL: папки, их права и понятные отказы."""

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import binaries
from adapters.postgres.embedded.folders import Folders
from tests.support.embedded_processes import starting_client
from tests.support.embedded_server import (
    IS_ROOT,
    answers,
    client_process,
    query,
    refusal,
    root_only,
)


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


@pytest.mark.parametrize(
    "name", ["temporary" * 20, "comma,comma", os.fsdecode(b"\xcf\xe0\xef\xea\xe0")], ids=ascii
)
def test_socket_is_found_by_all_even_where_no_socket_can_be(data_root: Path, name: str) -> None:
    folders = Folders(data_root / name)
    with embedded_postgres(folders.root) as server:
        # Временная папка у второго процесса другая, а сокет тот же.
        with starting_client(folders.root, TMPDIR=str(data_root)) as client:
            assert client.stdout
            assert client.stdout.readline().strip() == server.url
            client.communicate()
        assert answers(server.url)
    folders.sockets.rmdir()


def test_one_folder_has_one_server_whatever_it_is_called(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = folders.root.with_name(f"{folders.root.name}.link")
    link.symlink_to(folders.root)
    monkeypatch.chdir(folders.root.parent)
    with (
        embedded_postgres(folders.root) as absolute,
        embedded_postgres(Path(folders.root.name)) as relative,
        embedded_postgres(link) as linked,
    ):
        assert relative == linked == absolute
        assert answers(absolute.url)


def test_foreign_folder_in_place_of_the_cluster_is_refused_and_kept(folders: Folders) -> None:
    kept = folders.pgdata / "kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("")
    assert "holds no PostgreSQL data" in refusal(folders.root)
    assert kept.exists()


def test_damage_that_only_the_server_log_tells_is_told(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    for segment in (folders.pgdata / "pg_wal").glob("0*"):
        segment.unlink()
    assert "PANIC: could not locate a valid checkpoint record" in refusal(folders.root)


@pytest.mark.skipif(IS_ROOT, reason="root may enter anywhere")
def test_folder_closed_to_the_user_is_refused(folders: Folders) -> None:
    folders.root.mkdir(mode=0o000)
    assert "Permission denied" in refusal(folders.root / "deeper")
    folders.root.chmod(0o700)


@root_only
def test_first_folder_closed_to_the_server_account_is_named(data_root: Path) -> None:
    closed = data_root / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    assert f"may not enter {closed}; set CRM_DATA_DIR" in refusal(closed / "open" / "data")


def test_foreign_folder_under_the_name_of_the_draft_is_refused_and_kept(folders: Folders) -> None:
    folders.draft.mkdir(parents=True)
    (folders.draft / "thesis.txt").write_text("years of work")
    assert f"{folders.draft} is in the way" in refusal(folders.root)
    assert (folders.draft / "thesis.txt").read_text() == "years of work"


def test_foreign_files_beside_the_socket_and_the_cluster_are_kept(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    kept = [
        folders.sockets / ".s.PGSQL.5433",
        folders.sockets / ".s.PGSQL.5433.lock",
        folders.root / "pg_hba.conf",
        folders.root / "pg_ident.conf",
        folders.root / "postgresql-18.backup",
        folders.root / "startup.log",
        folders.root / "supervisor.log",
    ]
    for path in kept:
        path.write_text("foreign")
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)
    assert [path.read_text() for path in kept] == ["foreign"] * len(kept)


def test_lock_of_the_socket_that_a_dead_server_left_is_no_obstacle(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    # Номер достался живому процессу: сам PostgreSQL такой замок снять не решится.
    lock = folders.sockets / ".s.PGSQL.5432.lock"
    lock.write_text(f"{os.getppid()}\n{folders.pgdata}\n0\n5432\n{folders.sockets}\n")
    (folders.sockets / ".s.PGSQL.5432").touch()
    with embedded_postgres(folders.root) as server:
        assert answers(server.url)


@root_only
def test_root_and_the_owner_of_the_cluster_are_both_let_in(folders: Folders) -> None:
    with embedded_postgres(folders.root) as server:
        account = server_account(folders.pgdata)
        psql = binaries(18, account, folders.root) / "psql"
        by_owner = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [psql, "-Atc", "SELECT current_user", server.url],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            **account.process_arguments(),
        )
        assert query(server.url, "SELECT current_user") == ("crm_user",)
    assert by_owner.stdout == "crm_user\n"
