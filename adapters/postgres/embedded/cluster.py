"""Кластер PostgreSQL на диске: найти готовый или создать — целиком или никак."""

import shutil
import signal
import subprocess
from collections.abc import Sequence

from adapters.postgres.embedded.account import Account
from adapters.postgres.embedded.binaries import NEWEST, binaries
from adapters.postgres.embedded.errors import EmbeddedPostgresError
from adapters.postgres.embedded.folders import Folders, sync_folder
from adapters.postgres.embedded.instance import DATABASE, SUPERUSER, USER
from adapters.postgres.embedded.launch import Cluster
from adapters.postgres.embedded.pid_file import forget_dead_server
from adapters.postgres.embedded.server_log import complaint

_TIMEOUT = 100.0  # секунд на каждый шаг; на медленном диске долог fsync
_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    # Порядок по байтам, как в C, но регистр известен у всех букв: ILIKE находит и «Иван», и
    # «иван». От libc системы не зависит, поэтому её обновление не портит индексов.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth=peer",
)
# Сервису хватает прав хозяина своей базы данных.
_BOOTSTRAP = f"CREATE ROLE {USER} LOGIN;\nCREATE DATABASE {DATABASE} OWNER {USER};\n"


def prepare_cluster(folders: Folders, account: Account, *inherited: int) -> Cluster:
    """Создаёт кластер, если его ещё нет, и готовит его к запуску.

    Вызывающий держит ``server_lock``: другого сервера на этом кластере нет.

    Args:
        folders: папка данных.
        account: под кем работает PostgreSQL.
        inherited: дескрипторы замков, которые достаются всем процессам кластера.

    Raises:
        EmbeddedPostgresError: кластер не создать, он не той версии или это не кластер.
    """
    found = _major_version(folders)
    bin_folder = binaries(found or NEWEST, account, folders.root)
    cluster = Cluster(folders, account, bin_folder, inherited)
    if found is None:
        _create(cluster)
    cluster.write_access_rules()
    forget_dead_server(folders)
    return cluster


def _major_version(folders: Folders) -> int | None:
    pgdata = folders.pgdata
    if not pgdata.exists() or not any(pgdata.iterdir()):
        return None
    try:
        return int((pgdata / "PG_VERSION").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise EmbeddedPostgresError(
            f"{pgdata} holds no PostgreSQL data or damaged ones (see PG_VERSION in it):"
            " restore it from a backup, move it away or set CRM_DATA_DIR to another folder"
        ) from None


def _create(cluster: Cluster) -> None:
    """Создаёт кластер в стороне и даёт ему имя только готовому: прерванный не в счёт."""
    folders = cluster.folders
    draft = folders.pgdata_draft
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    cluster.account.own(draft)
    _run(cluster, "initdb", ["-D", str(draft), *_INITDB_OPTIONS])
    single = ["--single", "-D", str(draft), "-c", "exit_on_error=on", "template1"]
    _run(cluster, "postgres", single, _BOOTSTRAP)
    draft.rename(folders.pgdata)
    # Без этого сбой питания вернул бы имя черновика, а черновик при запуске удаляется.
    sync_folder(folders.root)


def _run(cluster: Cluster, program: str, arguments: Sequence[str], given: str = "") -> None:
    try:
        result = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [cluster.bin / program, *arguments],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_TIMEOUT,
            **cluster.process_arguments(signal.SIGKILL),  # черновика не жаль
        )
    except subprocess.TimeoutExpired:
        raise _refusal(cluster, f"{program} took longer than {_TIMEOUT:.0f} s") from None
    if result.returncode != 0:
        raise _refusal(cluster, complaint(result.stdout))


def _refusal(cluster: Cluster, reason: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"cannot create the database in {cluster.folders.root}: {reason};"
        " free space or rights there, or set CRM_DATA_DIR to another folder"
    )
