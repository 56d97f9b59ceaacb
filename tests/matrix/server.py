"""PostgreSQL нужной версии из пакета npm: своя папка, сокет и обычная учётная запись."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.postgres.embedded.account import server_account
from tests.support.replicated_pair import Node

_SETTINGS = {
    # Серверу жить один прогон: пережить сбой питания ему незачем, а ждать диска — долго.
    "fsync": "off",
    "max_connections": "200",
}


@contextmanager
def running_version(package: Path) -> Iterator[Node]:
    """Держит сервер запущенным, пока открыт контекст.

    Args:
        package: установленный пакет ``@embedded-postgres``.
    """
    # Не в клоне: он бывает закрыт для учётной записи, под которой под root работает PostgreSQL.
    with tempfile.TemporaryDirectory(prefix="crm-api-postgres-") as name:
        root = Path(name)
        root.chmod(0o755)
        shutil.copytree(package / "native", root / "native")
        _make_links(root)
        home = root / "server"
        account = server_account(home / "data")
        home.mkdir()
        account.own(home)
        node = Node(home, account, root / "native" / "bin")
        node.create()
        try:
            node.start(**_SETTINGS)
            yield node
        finally:
            node.stop()


def _make_links(root: Path) -> None:
    """Делает ссылки на библиотеки: npm хранит их списком, а сценариев пакета здесь не запускают."""
    links = root / "native" / "pg-symlinks.json"
    for link in json.loads(links.read_text(encoding="utf-8")):
        target = root / link["target"]
        if not target.exists():
            target.symlink_to(Path(link["source"]).name)
