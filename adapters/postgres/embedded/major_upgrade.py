"""Кластер прежней старшей версии PostgreSQL становится кластером новейшей."""

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import make_conninfo

from adapters.postgres.embedded import archive, has_cluster
from adapters.postgres.embedded.account import Account, server_account
from adapters.postgres.embedded.backup import new_server
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.cluster import Cluster, major_version
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.embedded.instance import (
    DATABASE,
    SUPERUSER,
    USER,
    EmbeddedPostgres,
    EmbeddedPostgresError,
)
from adapters.postgres.embedded.replacement import put_in_place, settle
from adapters.postgres.embedded.sole_server import asked, sole_owner, sole_server

_OWN_THINGS = """
SELECT 'the database ' || datname FROM pg_database
    WHERE NOT datistemplate AND datname NOT IN (%(system)s, %(database)s)
UNION ALL SELECT 'the role ' || rolname FROM pg_roles
    WHERE NOT starts_with(rolname, 'pg_') AND rolname NOT IN (%(system)s, %(user)s)
UNION ALL SELECT relname || ' in the database ' || %(system)s FROM pg_class
    WHERE oid >= 16384
ORDER BY 1 LIMIT 1
"""  # 16384 — FirstNormalObjectId (src/include/access/transam.h): меньшие раздаёт initdb


def upgrade(data_dir: Path, old_programs: Path | None) -> tuple[int, Path] | None:
    """Переносит базу данных сервиса в кластер новейшей версии; прежний остаётся рядом.

    Содержимое выгружается и записывается заново, поэтому прежний кластер всё это время цел.

    Args:
        data_dir: папка данных.
        old_programs: папка ``bin`` PostgreSQL прежней версии, если в колесе её нет.

    Returns:
        Прежнюю версию и папку прежнего кластера; ``None``, если кластер и так новейшей версии.

    Raises:
        EmbeddedPostgresError: не вышло; служит по-прежнему прежний кластер.
    """
    if not has_cluster(data_dir):
        raise EmbeddedPostgresError(f"there is no database in {data_dir} yet")
    with sole_owner(data_dir) as (folders, server_lock):
        settle(folders)
        found = _checked_version(folders)
        if found == NEWEST:
            return None
        kept = _name_to_keep(folders, found)
        account = server_account(folders.pgdata)
        bin_folder = _old_programs(found, account, folders, old_programs)
        old = Cluster(folders, account, bin_folder, (server_lock,))
        with new_server(folders, account, server_lock) as new:
            dumped = folders.draft / f"{DATABASE}.dump"
            with sole_server(old) as server:
                _refuse_what_would_stay(server)
                archive.dump(_whole(server), dumped)
            archive.load(_whole(new), dumped, is_own=True)
            # Статистики для планировщика в выгрузке нет.
            asked(_whole(new), "ANALYZE")
        put_in_place(folders, kept)
        return found, kept


def _checked_version(folders: Folders) -> int:
    found = major_version(folders)
    if found is None:
        raise EmbeddedPostgresError(f"there is no database in {folders.root} yet")
    return found


def _name_to_keep(folders: Folders, found: int) -> Path:
    kept = folders.root / f"pgdata-{found}"
    if os.path.lexists(kept):
        raise EmbeddedPostgresError(
            f"{kept} is in the way, the old data are to be kept under that name: move it away;"
            " nothing was changed"
        )
    return kept


def _old_programs(found: int, account: Account, folders: Folders, given: Path | None) -> Path:
    if given is None or found > NEWEST:
        return binaries(found, account, folders.root)
    program = given.resolve() / "postgres"
    try:
        said = subprocess.run(  # noqa: S603 — программу назвал оператор
            [program, "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
            **account.process_arguments(),
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise EmbeddedPostgresError(f"{program} does not run as {account.name}") from None
    if f" {found}." not in said:
        raise EmbeddedPostgresError(
            f"the data folder was made by PostgreSQL {found}, and {program} is {said}"
        )
    return program.parent


def _whole(server: EmbeddedPostgres) -> str:
    """Адрес базы данных сервиса для администратора: хозяева у таблиц бывают и другие."""
    return make_conninfo(server.superuser_url, dbname=DATABASE)


def _refuse_what_would_stay(server: EmbeddedPostgres) -> None:
    """Отказывается, если в кластере есть то, что заведено не сервисом и не перенеслось бы."""
    names = {"system": SUPERUSER, "database": DATABASE, "user": USER}
    for (name,) in asked(server.superuser_url, _OWN_THINGS, names):
        raise EmbeddedPostgresError(
            f"the data folder holds {name}, which would be left behind: move it with pg_dump and"
            " drop it first; nothing was changed"
        )
