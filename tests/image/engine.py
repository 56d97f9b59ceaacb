"""Движок Docker со своими данными: только для этого испытания и только пока оно идёт."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.support.eventually import eventually
from tests.support.required_programs import required

_STOP_SECONDS = 60
# Контейнеры остаются в сети узла; мост и правила ему тут не нужны.
HOST_NETWORK = ("--bridge=none", "--iptables=false")


class DockerError(Exception):
    """Команда Docker кончилась неудачей; текст — её вывод."""


@frozen
class Engine:
    """Работающий движок.

    Attributes:
        folder: его папка: данные, сокет, журнал.
    """

    folder: Path

    def run(self, *command: str, cwd: Path | None = None, **variables: str) -> str:
        """Исполняет команду ``docker`` и возвращает её вывод.

        Raises:
            DockerError: она кончилась неудачей.
        """
        done = self.tried(*command, cwd=cwd, **variables)
        if done.returncode:
            raise DockerError(f"docker {' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def tried(
        self, *command: str, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Исполняет команду ``docker``, чем бы она ни кончилась."""
        return subprocess.run(  # noqa: S603 — что исполнить, решает испытание
            [required("docker", "docker.io"), *command],
            cwd=cwd,
            env={**self._environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def inspect(self, name: str) -> dict[str, Any]:
        """Возвращает всё, что движок знает о контейнере или образе."""
        found: dict[str, Any] = json.loads(self.run("inspect", name))[0]
        return found

    @property
    def _environment(self) -> Mapping[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_HOST": f"unix://{self.folder}/socket",
            "DOCKER_CONFIG": str(self.folder / "config"),
            "DOCKER_BUILDKIT": "0",  # Debian кладёт buildx отдельно
        }


@contextmanager
def running_engine(folder: Path, options: Sequence[str] = ()) -> Iterator[Engine]:
    """Запускает движок, ждёт, пока он ответит, и в конце останавливает его и его контейнеры.

    Raises:
        tests.support.required_programs.ToolMissingError: движка здесь нет.
    """
    command = [
        # Всё, что движок смонтировал, уходит вместе с ним.
        *(required("unshare", "util-linux"), "--mount"),
        required("dockerd", "docker.io"),
        f"--data-root={folder}/data",
        f"--exec-root={folder}/run",
        f"--pidfile={folder}/pid",
        f"--host=unix://{folder}/socket",
        *options,
    ]
    _add_compose(folder)
    engine = Engine(folder)
    log_path = folder / "engine.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 — команда собрана здесь
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
        )
    try:

        def answers() -> bool:
            assert process.poll() is None, log_path.read_text(encoding="utf-8")[-3000:]
            return engine.tried("info").returncode == 0

        eventually(answers)
        yield engine
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(_STOP_SECONDS)


def _add_compose(folder: Path) -> None:
    """Подключает ``docker compose`` из пакета PyPI: Debian 12 его не поставляет."""
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    plugin = plugins / "docker-compose"
    if not plugin.is_symlink():
        plugin.symlink_to(Path(sys.executable).with_name("docker-compose"))
