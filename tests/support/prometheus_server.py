"""Сервер Prometheus: настоящий, из пакета Debian, на случайном порту, собирает часто."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.required_programs import required_by_test

_CONFIG = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: crm-api, static_configs: [{{targets: ["{target}"]}}]}}]
"""


@contextmanager
def running_prometheus(folder: Path, target: str) -> Iterator[str]:
    """Запускает сервер, ждёт, пока он соберёт первые замеры, и даёт его адрес; в конце убивает.

    Args:
        folder: где ему их хранить.
        target: узел и порт, с которых собирать.
    """
    program = required_by_test("prometheus")
    (folder / "prometheus.yml").write_text(_CONFIG.format(target=target))
    address = f"127.0.0.1:{free_port()}"
    arguments = [
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/prometheus",
        f"--web.listen-address={address}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([program, *arguments], stdout=log, stderr=log)  # noqa: S603 — программа из системы
    url = f"http://{address}"

    def has_collected() -> bool:
        assert process.poll() is None, (folder / "prometheus.log").read_text()
        try:
            asked = {"query": "up == 1"}
            answer = httpx2.get(f"{url}/api/v1/query", params=asked, trust_env=False)
        except httpx2.TransportError:
            return False
        return answer.is_success and bool(answer.json()["data"]["result"])

    try:
        eventually(has_collected)
        yield url
    finally:
        process.kill()
        process.wait(30)
