"""``crm-api database``: копия, возврат и новая версия встроенного PostgreSQL глазами оператора."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.postgres.embedded.folders import Folders
from entrypoints.cli.crm_api import crm_api
from tests.support.embedded_cluster import fill, make_older_cluster, stored_emails


def run(data_dir: Path, *arguments: str, **variables: str) -> Result:
    """Исполняет команду со встроенным PostgreSQL в этой папке."""
    environment = {"CRM_DATA_DIR": str(data_dir), "LC_ALL": "C", **variables}
    return CliRunner().invoke(
        crm_api, ["database", *arguments], env=environment, catch_exceptions=False
    )


def test_backup_and_restore_say_what_they_did(
    folders: Folders, data_root: Path, folder: Path
) -> None:
    fill(folders, 2)
    made = run(folders.root, "backup", "crm.dump")
    assert (made.exit_code, made.stdout) == (
        0,
        "The database is in crm.dump; only you may read it.\n",
    )
    again = run(folders.root, "backup", "crm.dump")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("Error: crm.dump exists already")
    other = Folders(data_root / folder.name)
    restored = run(other.root, "restore", "crm.dump")
    assert (restored.exit_code, restored.stdout) == (
        0,
        f"{other.root} holds what was in crm.dump.\n",
    )
    refused = run(other.root, "restore", "crm.dump")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert stored_emails(other) == ["1@example.ru", "2@example.ru"]


def test_check_and_upgrade_tell_the_way_to_the_newest_version(folders: Folders) -> None:
    make_older_cluster(folders)
    fill(folders, 1)
    environment = {"CRM_DATA_DIR": str(folders.root), "LC_ALL": "C"}
    checked = CliRunner().invoke(crm_api, ["check"], env=environment)
    assert "was made by PostgreSQL 16 and is served by it: crm-api database upgrade" in (
        checked.stdout
    )
    upgraded = run(folders.root, "upgrade")
    assert upgraded.exit_code == 0
    assert upgraded.stdout.startswith("The database was brought over from PostgreSQL 16.")
    assert f"What it was is in {folders.root}/pgdata-16: remove it" in upgraded.stdout
    again = run(folders.root, "upgrade")
    assert (again.exit_code, again.stdout) == (
        0,
        "The database is of the newest PostgreSQL already; nothing was changed.\n",
    )


@pytest.mark.parametrize("command", ["backup", "upgrade"])
def test_without_a_database_there_is_nothing_to_do(
    folders: Folders, command: str, folder: Path
) -> None:
    arguments = [command, "crm.dump"] if command == "backup" else [command]
    refused = run(folders.root, *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"there is no database in {folders.root} yet" in refused.stderr
    assert not folders.root.exists()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [["backup", "x"], ["restore", "x"], ["upgrade"]])
def test_database_that_is_not_embedded_is_sent_to_its_own_tools(
    folders: Folders, arguments: list[str]
) -> None:
    refused = run(folders.root, *arguments, CRM_DATABASE_URL="postgresql://crm@db/crm")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "this command is for the embedded PostgreSQL" in refused.stderr
    assert refused.stderr.count("\n") == 1
