"""Резервная копия встроенного PostgreSQL: на ходу в файл, из файла в пустую папку."""

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from adapters.postgres.embedded import (
    EmbeddedPostgresError,
    back_up,
    embedded_postgres,
    has_cluster,
    restore,
)
from adapters.postgres.embedded.binaries import client_programs
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.sole_server import asked
from tests.support.embedded_cluster import fill, make_older_cluster, stored_emails
from tests.support.embedded_server import linux_only, query
from tests.support.killed_at import Moment, killed_at
from tests.support.sql import execute

EMAILS = ["1@example.ru", "2@example.ru", "3@example.ru"]


@pytest.fixture
def empty(data_root: Path) -> Folders:
    """Ещё одна папка данных, которой пока нет."""
    return Folders(data_root / uuid.uuid4().hex)


@pytest.fixture
def copy(folders: Folders, tmp_path: Path) -> Path:
    """Копия базы данных, в которой три покупателя."""
    file = tmp_path / "crm.dump"
    fill(folders, 3)
    back_up(folders.root, file)
    return file


def refused(data_dir: Path, file: Path) -> str:
    with pytest.raises(EmbeddedPostgresError) as caught:
        restore(data_dir, file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pipe_is_refused_and_not_waited_for(empty: Folders, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(empty.root, pipe) == f"{pipe} is a pipe: write what comes from it into a file"
    assert not empty.root.exists()


def test_what_was_backed_up_in_use_is_restored_into_an_empty_folder(
    folders: Folders, empty: Folders, tmp_path: Path
) -> None:
    fill(folders, 3)
    file = tmp_path / "crm.dump"
    with embedded_postgres(folders.root):
        back_up(folders.root, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    fill(folders, 1, first=4)
    restore(empty.root, file)
    assert stored_emails(empty) == EMAILS
    fill(empty, 1, first=4)
    assert stored_emails(empty) == [*EMAILS, "4@example.ru"]


def test_backup_of_an_older_version_is_restored_by_the_newest(
    folders: Folders, empty: Folders, tmp_path: Path
) -> None:
    make_older_cluster(folders)
    fill(folders, 3)
    back_up(folders.root, tmp_path / "crm.dump")
    restore(empty.root, tmp_path / "crm.dump")
    assert stored_emails(empty) == EMAILS


def test_events_after_a_restore_are_no_repeats_of_those_before(
    folders: Folders, empty: Folders, copy: Path
) -> None:
    restore(empty.root, copy)
    found = set()
    for data in (folders, empty):
        with embedded_postgres(data.root) as server:
            found.add(query(server.url, "SELECT id FROM event_database"))
    assert len(found) == 2


def test_owners_and_rights_of_another_server_are_no_obstacle(
    folders: Folders, empty: Folders, tmp_path: Path
) -> None:
    fill(folders, 3)
    with embedded_postgres(folders.root) as server:
        query(server.superuser_url, "CREATE ROLE shop")
        admin = server.superuser_url.replace("/postgres?", "/crm_db?")
        query(admin, "ALTER TABLE customers OWNER TO shop")
        query(admin, "GRANT SELECT ON customers TO crm_user")
        subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [client_programs() / "pg_dump", "-Fc", "-f", tmp_path / "crm.dump", admin], check=True
        )
    restore(empty.root, tmp_path / "crm.dump")
    assert stored_emails(empty) == EMAILS


def test_file_that_exists_is_not_overwritten(folders: Folders, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(EmbeddedPostgresError, match="exists already: name another file"):
        back_up(folders.root, copy)
    assert copy.read_bytes() == before


def test_place_that_cannot_be_written_is_one_clear_line(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"cannot write .*: No such file or directory"):
        back_up(folders.root, tmp_path / "none" / "crm.dump")


def test_folder_that_is_not_empty_is_refused_and_left_as_it_was(
    folders: Folders, copy: Path, tmp_path: Path
) -> None:
    assert "is not empty, it holds pgdata" in refused(folders.root, copy)
    assert stored_emails(folders) == EMAILS
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").touch()
    assert "is not empty, it holds thesis.txt" in refused(foreign, copy)
    assert [path.name for path in foreign.iterdir()] == ["thesis.txt"]


def test_what_is_no_backup_is_refused_before_anything_is_made(
    empty: Folders, copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "half").write_bytes(copy.read_bytes()[:200])
    (tmp_path / "text").write_text("name,email\n")
    for name in ("half", "text", "absent"):
        assert "is no backup of crm-api database backup" in refused(empty.root, tmp_path / name)
    assert not empty.root.exists()


def test_rows_that_the_server_refuses_are_not_repeated(folders: Folders, empty: Folders) -> None:
    file = folders.root.with_suffix(".dump")
    make = (
        "CREATE FUNCTION public.is_fine(note text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
        " IF current_setting('application_name') = 'pg_restore' THEN"
        " RAISE EXCEPTION 'wrong: %%', note; END IF; RETURN true; END $$;"
        "CREATE TABLE notes (note text CHECK (public.is_fine(note)));"
        "INSERT INTO notes VALUES ('anna@example.ru')"
    )
    fill(folders, 1)
    with embedded_postgres(folders.root) as server:
        execute(server.url, make)
        with pytest.raises(EmbeddedPostgresError) as caught:
            asked(server.url, "DO $$ BEGIN RAISE EXCEPTION 'anna@example.ru'; END $$")
        assert "anna" not in str(caught.value)
    back_up(folders.root, file)
    told = refused(empty.root, file)
    assert 'COPY failed for table "notes"; the file holds rows that it refuses' in told
    assert "anna" not in told


def test_damaged_backup_leaves_no_database(empty: Folders, copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-2000])
    refused(empty.root, copy)
    assert not has_cluster(empty.root)
    assert not empty.draft.exists()


@linux_only
@pytest.mark.parametrize(
    "moment", [Moment("pg_dump"), Moment("os.link"), Moment("os.remove")], ids=str
)
def test_killed_backup_leaves_a_whole_file_or_none(
    folders: Folders, empty: Folders, tmp_path: Path, moment: Moment
) -> None:
    fill(folders, 3)
    file = tmp_path / "crm.dump"
    imports = "from adapters.postgres.embedded.backup import back_up"
    killed_at(moment, imports, "back_up(*paths)", folders.root, file)
    assert stored_emails(folders) == EMAILS
    if file.exists():
        restore(empty.root, file)
        assert stored_emails(empty) == EMAILS


@linux_only
@pytest.mark.parametrize(
    "moment",
    [Moment("initdb"), Moment("pg_restore", 2), Moment("os.rename", 2)],
    ids=str,
)
def test_killed_restore_can_be_repeated(empty: Folders, copy: Path, moment: Moment) -> None:
    imports = "from adapters.postgres.embedded.backup import restore"
    killed_at(moment, imports, "restore(*paths)", empty.root, copy)
    assert not has_cluster(empty.root) or moment.step == "os.rename"
    restore(empty.root, copy)
    assert stored_emails(empty) == EMAILS
