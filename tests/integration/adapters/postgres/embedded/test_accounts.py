"""Кого впускает встроенный PostgreSQL, если сервис работает под своей учётной записью."""

import os
import pwd

from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.folders import Folders
from tests.support.embedded_server import client_process, linux_only, query, root_only

# Читать чужое ему надо лишь здесь: Python и пакеты бывают в папке, закрытой для всех, кроме root.
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
READS_ALL = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@linux_only
@root_only
def test_command_of_root_works_beside_the_service_of_another_account(folders: Folders) -> None:
    folders.root.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(folders.root, nobody.pw_uid, nobody.pw_gid)
    with client_process(folders, prefix=(*NOBODY, *READS_ALL)) as (process, url):
        assert folders.pgdata.stat().st_uid == nobody.pw_uid
        with embedded_postgres(folders.root) as server:
            assert server.url == url
            assert query(url) == (1,)
        process.communicate()
