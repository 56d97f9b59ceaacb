"""PostgreSQL, собранный с ICU: во встроенном его нет, а у покупателей бывает."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.embedded.account import server_account
from tests.support.replicated_pair import Node

# Debian и Ubuntu; новейший — последним.
_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name)


@contextmanager
def icu_server(given_url: str, root: Path) -> Iterator[str]:
    """Даёт адрес сервера с ICU: данного, если он таков, или своего из программ системы.

    Args:
        given_url: сервер, на котором идут остальные тесты.
        root: папка, в которую может войти и учётная запись PostgreSQL.
    """
    if _has_icu(given_url):
        yield given_url
        return
    if not _BINARIES:
        pytest.skip("no PostgreSQL here is built with ICU")
    account = server_account(root / "data")
    root.mkdir()
    account.own(root)
    node = Node(root, account, _BINARIES[-1])
    node.create()
    try:
        node.start()
        yield node.url
    finally:
        node.stop()


def _has_icu(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return bool(
            connection.execute("SELECT FROM pg_collation WHERE collname = 'und-x-icu'").rowcount
        )
