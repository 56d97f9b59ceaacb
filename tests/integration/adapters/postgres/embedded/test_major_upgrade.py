"""Кластер прежней версии PostgreSQL переходит на новейшую, и смерть посреди работы не страшна."""

import shutil
from pathlib import Path

import pytest

from adapters.postgres.embedded import (
    EmbeddedPostgresError,
    advice,
    embedded_postgres,
    has_cluster,
    upgrade,
)
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.folders import Folders
from tests.support.embedded_cluster import OLDER, fill, make_older_cluster, stored_emails
from tests.support.embedded_server import linux_only, query
from tests.support.killed_at import Moment, killed_at

EMAILS = ["1@example.ru", "2@example.ru", "3@example.ru"]


@pytest.fixture
def older(folders: Folders) -> Folders:
    """Папка данных прежней версии; в ней три покупателя."""
    make_older_cluster(folders)
    fill(folders, 3)
    return folders


def version(folders: Folders) -> int:
    return int((folders.pgdata / "PG_VERSION").read_text())


def refused(folders: Folders, programs: Path | None = None) -> str:
    """Одна строка, которой кончилась попытка; после неё всё как было."""
    before = version(folders)
    with pytest.raises(EmbeddedPostgresError) as caught:
        upgrade(folders.root, programs)
    assert "\n" not in str(caught.value)
    assert version(folders) == before
    assert not folders.draft.exists()
    return str(caught.value)


def test_everything_is_brought_over_and_the_old_cluster_is_kept(older: Folders) -> None:
    with embedded_postgres(older.root) as server:
        query(server.url, "CREATE VIEW names AS SELECT name FROM customers")
    assert "crm-api database upgrade brings it to 18" in (advice(older.root) or "")
    kept = older.root / f"pgdata-{OLDER}"
    assert upgrade(older.root) == (OLDER, kept)
    assert (version(older), advice(older.root)) == (NEWEST, None)
    assert (kept / "PG_VERSION").read_text() == f"{OLDER}\n"
    fill(older, 1, first=4)
    assert stored_emails(older) == [*EMAILS, "4@example.ru"]
    with embedded_postgres(older.root) as server:
        assert query(server.url, "SELECT count(*) FROM names") == (4,)
        # Кластер таков, какие создаются теперь: регистр известен и у кириллицы.
        assert query(server.url, "SELECT 'Иван' ILIKE 'иван'") == (True,)
    assert upgrade(older.root) is None


def test_old_cluster_can_be_put_back(older: Folders) -> None:
    upgraded = upgrade(older.root)
    assert upgraded is not None
    shutil.rmtree(older.pgdata)
    upgraded[1].rename(older.pgdata)
    assert stored_emails(older) == EMAILS
    assert version(older) == OLDER


MOMENTS = [
    *(Moment(program) for program in ("initdb", "pg_dump", "pg_restore")),
    *(Moment("postgres", number) for number in (1, 2, 3)),
    *(Moment("os.rename", number) for number in (1, 2, 3)),
    Moment("shutil.rmtree", 2),
]


@linux_only
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_upgrade_killed_at_any_moment_loses_nothing(older: Folders, moment: Moment) -> None:
    killed_at(
        moment,
        "from adapters.postgres.embedded.major_upgrade import upgrade",
        "upgrade(*paths, None)",
        older.root,
    )
    assert has_cluster(older.root)
    assert stored_emails(older) == EMAILS
    assert not older.draft.exists()
    fill(older, 1, first=4)
    upgrade(older.root)
    assert version(older) == NEWEST
    assert stored_emails(older) == [*EMAILS, "4@example.ru"]


def test_database_in_use_is_not_upgraded(older: Folders) -> None:
    with embedded_postgres(older.root):
        assert "is in use: stop the service" in refused(older)
    assert stored_emails(older) == EMAILS


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE DATABASE reports", "the database reports"),
        ("CREATE ROLE accountant", "the role accountant"),
        ("CREATE TABLE mine ()", "mine in the database postgres"),
    ],
)
def test_things_that_would_be_left_behind_are_named(
    older: Folders, statement: str, name: str
) -> None:
    with embedded_postgres(older.root) as server:
        query(server.superuser_url, statement)
    assert f"holds {name}, which would be left behind" in refused(older)


def test_name_of_the_kept_cluster_that_is_taken_is_told(older: Folders) -> None:
    (older.root / f"pgdata-{OLDER}").mkdir()
    assert "is in the way" in refused(older)


def test_version_without_binaries_here_is_upgraded_with_those_given(
    older: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = binaries(OLDER, server_account(older.pgdata), older.root)
    monkeypatch.setattr("adapters.postgres.embedded.binaries._FOLDERS", {NEWEST: "pginstall18"})
    assert "crm-api database upgrade --old-binaries DIR brings it to 18" in refused(older)
    newest = binaries(NEWEST, server_account(older.pgdata), older.root)
    assert "made by PostgreSQL 16, and" in refused(older, newest)
    assert "does not run as" in refused(older, older.root)
    assert upgrade(older.root, programs) is not None
    assert stored_emails(older) == EMAILS


def test_newer_cluster_is_not_touched(folders: Folders) -> None:
    with embedded_postgres(folders.root):
        pass
    (folders.pgdata / "PG_VERSION").write_text("19\n")
    assert "the newest here is 18" in refused(folders)
    (folders.pgdata / "PG_VERSION").write_text("18\n")


def test_folder_without_a_database_is_left_as_it_was(folders: Folders) -> None:
    with pytest.raises(EmbeddedPostgresError, match="there is no database in"):
        upgrade(folders.root)
    assert not folders.root.exists()


def test_draft_that_was_never_put_in_place_is_forgotten_at_the_next_start(older: Folders) -> None:
    killed_at(
        Moment("os.rename", 2),
        "from adapters.postgres.embedded.major_upgrade import upgrade",
        "upgrade(*paths, None)",
        older.root,
    )
    # Готовый черновик ещё лежит, а служба уже пишет в прежний кластер.
    fill(older, 1, first=4)
    assert not older.draft.exists()
    assert stored_emails(older) == [*EMAILS, "4@example.ru"]
