"""pgpool-II перед одним сервером: запросы разбирает сам, а соединение клиента держит за ним."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.embedded.folders import Folders
from tests.faults.pool_program import PORT, running_pool_program
from tests.support.required_programs import required

_SETTINGS = """\
backend_clustering_mode = 'streaming_replication'
listen_addresses = ''
port = {own_port}
socket_dir = '{folder}'
pcp_listen_addresses = ''
pcp_socket_dir = '{folder}'
pid_file_name = '{folder}/pgpool.pid'
logdir = '{folder}'
work_dir = '{folder}'
backend_hostname0 = '{host}'
backend_port0 = {port}
backend_flag0 = 'ALWAYS_PRIMARY|DISALLOW_TO_FAILOVER'
num_init_children = 8
sr_check_period = 0
"""


@contextmanager
def running_pgpool(database: str, folders: Folders) -> Iterator[str]:
    """Запускает pgpool-II перед базой данных; даёт её адрес через него."""

    def configured(folder: Path) -> Sequence[str | Path]:
        server = conninfo_to_dict(database)
        port = server.get("port") or 5432
        settings, commands = folder / "pgpool.conf", folder / "pcp.conf"
        settings.write_text(
            _SETTINGS.format(folder=folder, own_port=PORT, host=server["host"], port=port)
        )
        commands.touch()
        return [required("pgpool", "pgpool2"), "-n", "-f", settings, "-F", commands]

    with running_pool_program(database, folders, configured) as url:
        yield url
