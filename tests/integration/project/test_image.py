"""Что обещает Dockerfile, без Docker: проверка здоровья и корень только для чтения."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.customers import IVAN
from tests.support.embedded_server import IS_ROOT
from tests.support.project import ROOT
from tests.support.running_service import running_service

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
# То же, что read_only и tmpfs в docker-compose.yml; но писать можно в /var/tmp, потому что в /tmp
# бывает сокет PostgreSQL.
READ_ONLY = """
mount --make-rprivate / && mount -o remount,bind,ro / && mount -t tmpfs tmpfs /var/tmp &&
! touch /tmp/forbidden 2>/dev/null && exec "$@"
"""


def health_check(port: str) -> int:
    """Исполняет проверку здоровья из Dockerfile и возвращает её код выхода."""
    text = DOCKERFILE.replace("\\\n", "")
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.MULTILINE)
    assert found
    program, *arguments = json.loads(found[1])
    assert program == "python"
    return subprocess.run(  # noqa: S603 — команда из нашего Dockerfile
        [sys.executable, *arguments],
        env={"CRM_PORT": port, "PATH": os.defpath, "http_proxy": "http://127.0.0.1:1"},
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def test_health_check_follows_the_service(tmp_path: Path) -> None:
    with running_service(tmp_path, database_url="memory://") as service:
        port = service.url.rpartition(":")[2]
        assert health_check(port) == 0
    assert health_check(port) != 0


@pytest.mark.skipif(
    not (IS_ROOT and shutil.which("unshare")), reason="only root may mount a root read-only"
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_service_needs_no_writable_root(tmp_path: Path, database: str, workers: str) -> None:
    own_mounts = ("unshare", "--mount", "sh", "-c", READ_ONLY, "sh")
    with (
        running_service(
            tmp_path, prefix=own_mounts, database_url=database, workers=workers
        ) as service,
        service.client() as client,
    ):
        assert client.post("/register", json=IVAN).status_code == 201
        assert client.get("/metrics").status_code == 200
        assert service.stop() == 0
