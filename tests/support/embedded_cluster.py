"""Кластер встроенного PostgreSQL, какой остался от прежней версии сервиса."""

import subprocess
from pathlib import Path

import psycopg

from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.account import server_account
from adapters.postgres.embedded.binaries import binaries
from adapters.postgres.embedded.folder_access import make_data_dir
from adapters.postgres.embedded.folders import Folders
from adapters.postgres.schema.upgrade import migrate

OLDER = 16
_BOOTSTRAP = "CREATE ROLE crm_user LOGIN;\nCREATE DATABASE crm_db OWNER crm_user;\n"


def make_older_cluster(folders: Folders) -> None:
    """Создаёт его в папке данных: на PostgreSQL 16, с базой данных сервиса, пока без таблиц."""
    account = server_account(folders.pgdata)
    make_data_dir(folders, account)
    folders.pgdata.mkdir(mode=0o700)
    account.own(folders.pgdata)
    programs = binaries(OLDER, account, folders.root)
    place = ("-D", folders.pgdata)
    options = ("--username=postgres", "--encoding=UTF8", "--locale=C", "--auth=peer", "--no-sync")
    initdb: list[str | Path] = [programs / "initdb", *place, *options]
    single: list[str | Path] = [
        programs / "postgres",
        "--single",
        *place,
        "-c",
        "exit_on_error=on",
        "template1",
    ]
    for command, given in ((initdb, ""), (single, _BOOTSTRAP)):
        subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            command,
            input=given,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
            **account.process_arguments(),
        )


def fill(folders: Folders, count: int, first: int = 1) -> None:
    """Записывает столько покупателей, начиная с такого; схема приводится к текущей."""
    with embedded_postgres(folders.root) as server:
        migrate(server.url, log_sql=False)
        with psycopg.connect(server.url) as connection:
            connection.execute(
                "INSERT INTO customers (name, email, registered_at) SELECT 'Иван',"
                " n || '@example.ru', now() FROM generate_series(%s::integer, %s::integer) AS n",
                [first, first + count - 1],
            )


def stored_emails(folders: Folders) -> list[str]:
    """Запускает сервер и называет адреса покупателей по порядку номеров."""
    with (
        embedded_postgres(folders.root) as server,
        psycopg.connect(server.url) as connection,
    ):
        return [email for (email,) in connection.execute("SELECT email FROM customers ORDER BY id")]
