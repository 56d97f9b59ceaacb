"""Что обещает Dockerfile, без Docker: проверка здоровья и корень только для чтения."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

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


def health_check(port: str, host: str = "") -> int:
    """Исполняет проверку здоровья из Dockerfile и возвращает её код выхода."""
    text = DOCKERFILE.replace("\\\n", "")
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.MULTILINE)
    assert found
    program, *arguments = json.loads(found[1])
    assert program == "python"
    return subprocess.run(  # noqa: S603 — команда из нашего Dockerfile
        [sys.executable, *arguments],
        cwd=ROOT,
        env={
            "CRM_HOST": host,
            "CRM_PORT": port,
            "PATH": os.defpath,
            "http_proxy": "http://127.0.0.1:1",
        },
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1,::1", "0.0.0.0,127.0.0.1"])
def test_health_check_follows_the_service(tmp_path: Path, host: str) -> None:
    with running_service(tmp_path, database_url="memory://", host="127.0.0.1") as service:
        port = service.url.rpartition(":")[2]
        assert health_check(port, host) == 0
    assert health_check(port, host) == 1


def test_health_check_is_not_content_with_another_service(tmp_path: Path) -> None:
    (tmp_path / "health").write_text("healthy")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        assert health_check(str(other.server_address[1])) == 1
        other.shutdown()


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
