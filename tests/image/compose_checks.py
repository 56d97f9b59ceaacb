"""Проверки docker-compose.yml: по порядку, каждая — продолжение предыдущей."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx2
import psycopg
from attrs import frozen

from tests.image.engine import DockerError, Engine
from tests.support.customers import IVAN
from tests.support.eventually import eventually

_URL = "http://127.0.0.1:3001"
_DATABASE = "postgresql://crm_user:crm_password@127.0.0.1:5444/crm_db"
_FILES = ("--file=docker-compose.yml", "--file=tests/image/quick_health_checks.yml")
_API, _DB = "crm-crm_api-1", "crm-crm_db-1"


@frozen
class Project:
    """Проект Compose.

    Attributes:
        engine: движок.
        folder: папка с docker-compose.yml.
        version: какой PostgreSQL.
    """

    engine: Engine
    folder: Path
    version: str = "14"

    def compose(self, *command: str, **variables: str) -> str:
        """Исполняет команду ``docker compose``."""
        given = {"CRM_POSTGRES_VERSION": self.version, **variables}
        return self.engine.run("compose", *_FILES, *command, cwd=self.folder, **given)

    def up(self, *services: str, **variables: str) -> None:
        """Поднимает службы и ждёт их здоровья."""
        self.compose("up", "--detach", "--wait", "--no-build", *services, **variables)

    def down(self, *options: str) -> None:
        """Убирает всё, кроме данных."""
        self.compose("down", *options)

    def register(self) -> int:
        """Регистрирует одного и того же покупателя и возвращает код ответа."""
        return httpx2.post(f"{_URL}/register", json=IVAN, trust_env=False).status_code

    def volumes(self) -> list[str]:
        """Имена всех томов."""
        return self.engine.run("volume", "ls", "--quiet").split()


def database_alone_serves_the_earlier_version(project: Project) -> None:
    project.up("crm_db")
    with psycopg.connect(_DATABASE) as connection:
        assert connection.info.server_version // 10_000 == int(project.version)
        assert connection.execute("SHOW wal_level").fetchone() == ("logical",)


def database_that_was_never_created_is_not_healthy(project: Project) -> None:
    kind, command = project.engine.inspect(_DB)["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD-SHELL"
    project.engine.run("exec", _DB, "sh", "-c", command)
    # Первый запуск, прерванный посреди создания, оставляет сервер без базы данных.
    missing = ("exec", "--env=POSTGRES_DB=crm_db_that_was_never_created", _DB)
    assert project.engine.tried(*missing, "sh", "-c", command).returncode != 0


def everything_comes_up_healthy(project: Project) -> None:
    project.up()
    assert project.engine.inspect(_API)["State"]["Health"]["Status"] == "healthy"
    assert project.register() == 201
    assert project.engine.tried("exec", _API, "touch", "/forbidden").returncode != 0


def service_comes_back_after_kill_9(project: Project) -> None:
    killed = project.engine.inspect(_API)["State"]["Pid"]
    os.kill(killed, signal.SIGKILL)  # не docker kill: после него движок не перезапускает

    def is_back() -> bool:
        state = project.engine.inspect(_API)["State"]
        return state["Pid"] not in {0, killed} and state["Health"]["Status"] == "healthy"

    eventually(is_back)
    assert project.register() == 400


def service_stops_in_time(project: Project) -> None:
    project.compose("stop", "crm_api")
    assert project.engine.inspect(_API)["State"]["ExitCode"] == 0


def data_outlive_down_and_up(project: Project) -> None:
    project.down()
    project.up()
    assert project.register() == 400


def log_is_bounded(project: Project) -> None:
    for name in (_API, _DB):
        assert project.engine.inspect(name)["HostConfig"]["LogConfig"]["Config"]["max-size"]


def service_is_published_where_it_is_told(project: Project) -> None:
    project.up(CRM_PUBLISH="127.0.0.2:3002")
    response = httpx2.get("http://127.0.0.2:3002/health", trust_env=False)
    assert response.status_code == 200


def nothing_is_left_but_the_data(project: Project) -> None:
    project.down()
    assert project.volumes() == ["crm_crm_db"]
    project.down("--volumes")
    assert project.volumes() == []


FULL: tuple[Callable[[Project], None], ...] = (
    database_alone_serves_the_earlier_version,
    database_that_was_never_created_is_not_healthy,
    everything_comes_up_healthy,
    service_comes_back_after_kill_9,
    service_stops_in_time,
    data_outlive_down_and_up,
    log_is_bounded,
    service_is_published_where_it_is_told,
    nothing_is_left_but_the_data,
)
SHORT: tuple[Callable[[Project], None], ...] = (
    database_alone_serves_the_earlier_version,
    everything_comes_up_healthy,
    nothing_is_left_but_the_data,
)


def failures(project: Project, checks: tuple[Callable[[Project], None], ...]) -> dict[str, str]:
    """Проводит проверки до первой неудачи: следующие продолжают предыдущие."""
    for check in checks:
        try:
            check(project)
        except (AssertionError, DockerError, OSError, httpx2.HTTPError, psycopg.Error) as error:
            logs = project.engine.tried(
                "compose", *_FILES, "logs", "--tail=20", cwd=project.folder
            ).stdout
            return {check.__name__.replace("_", " "): f"{error!r}\n{logs}"}
    return {}
