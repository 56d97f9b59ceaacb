"""Проверки образа самого по себе, без Compose и базы данных."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx2
from attrs import frozen
from packaging.utils import canonicalize_name

from tests.image.builds import IMAGE, ONE_LINE_CHANGED
from tests.image.engine import Engine
from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.locks import locked_here
from tests.support.project import ROOT

_PAGES = (
    *("/docs", "/docs/docs.js", "/docs/swagger_bundle.js", "/docs/swagger_style.css"),
    *("/openapi.json", "/problems/email_taken", "/health", "/health/ready", "/metrics"),
)
_SMALL = 10_000_000  # байтов: столько, самое большее, рассылается из-за правки одной строки
# То же, что в docker-compose.yml.
_CLOSED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges:true")
_IN_MEMORY = "--env=CRM_DATABASE_URL=memory://"


@frozen
class Container:
    """Работающий контейнер.

    Attributes:
        engine: его движок.
        name: имя или номер.
    """

    engine: Engine
    name: str

    def client(self) -> httpx2.Client:
        """Клиент сервиса в нём."""
        address = self.engine.inspect(self.name)["NetworkSettings"]["IPAddress"]
        return httpx2.Client(base_url=f"http://{address}:3001", timeout=30, trust_env=False)

    def succeeds(self, *command: str) -> bool:
        """Говорит, удалась ли команда внутри."""
        return self.engine.tried("exec", self.name, *command).returncode == 0


@contextmanager
def serving(engine: Engine, image: str, *options: str) -> Iterator[Container]:
    """Держит контейнер с сервисом в памяти, пока открыт контекст."""
    name = engine.run("run", "--detach", *_CLOSED, _IN_MEMORY, *options, image)
    container = Container(engine, name)
    try:
        eventually(lambda: "listening on" in _log(engine, name))
        yield container
    finally:
        engine.run("rm", "--force", "--volumes", name)


def _log(engine: Engine, name: str) -> str:
    done = engine.tried("logs", name)
    return done.stdout + done.stderr


def _health_check(engine: Engine, image: str) -> list[str]:
    kind, *command = engine.inspect(image)["Config"]["Healthcheck"]["Test"]
    return command if kind == "CMD" else ["sh", "-c", *command]


def runs_as_an_ordinary_user(engine: Engine, image: str) -> None:
    with serving(engine, image) as container:
        assert engine.run("exec", container.name, "id", "-u") == "10001"


def registers_with_a_closed_root(engine: Engine, image: str) -> None:
    with serving(engine, image) as container, container.client() as client:
        assert not container.succeeds("touch", "/opt/crm-api/forbidden")
        assert client.post("/register", json=IVAN).status_code == 201
        assert client.post("/register", json=IVAN).status_code == 400


def every_page_is_served(engine: Engine, image: str) -> None:
    with serving(engine, image) as container, container.client() as client:
        statuses = {page: client.get(page).status_code for page in _PAGES}
        assert set(statuses.values()) == {200}, statuses


def health_check_succeeds_with_the_service(engine: Engine, image: str) -> None:
    for host in ("0.0.0.0", "::"):  # noqa: S104 — внутри контейнера
        with serving(engine, image, f"--env=CRM_HOST={host}") as container:
            assert container.succeeds(*_health_check(engine, image)), host


def health_check_fails_without_the_service(engine: Engine, image: str) -> None:
    command = _health_check(engine, image)
    done = engine.tried("run", "--rm", *_CLOSED, image, *command)
    assert done.returncode == 1, done


def standard_library_is_compiled(engine: Engine, image: str) -> None:
    code = "import http.client, os; print(os.path.exists(http.client.__cached__))"
    assert engine.run("run", "--rm", *_CLOSED, image, "python", "-c", code) == "True"


def stops_on_its_own(engine: Engine, image: str) -> None:
    with serving(engine, image) as container:
        engine.run("stop", "--time=60", container.name)
        state = engine.inspect(container.name)["State"]
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False), state


def says_what_is_missing(engine: Engine, image: str) -> None:
    for options in (["--env=CRM_DATABASE_URL=postgresql://crm@127.0.0.1:1/crm"], []):
        done = engine.tried("run", "--rm", *_CLOSED, *options, image)
        assert done.returncode == 1, done
        assert done.stderr.count("\n") == 1, done
        assert done.stderr.startswith("Error: "), done
    # Последний ответ — без адреса базы данных: папка данных здесь не поможет.
    assert "CRM_DATABASE_URL" in done.stderr, done
    assert "CRM_DATA_DIR" not in done.stderr, done


def names_itself(engine: Engine, image: str) -> None:
    labels = engine.inspect(image)["Config"]["Labels"]
    done = engine.run("run", "--rm", *_CLOSED, image, "crm-api", "--version")
    assert done.endswith(f" {labels['org.opencontainers.image.version']}"), done


def tells_what_is_in_it(engine: Engine, image: str) -> None:
    listed = json.loads(engine.run("run", "--rm", *_CLOSED, image, "cat", "/opt/crm-api.cdx.json"))
    told = {canonicalize_name(one["name"]): one["version"] for one in listed["components"]}
    assert told == locked_here(ROOT / "requirements" / "service.txt"), told


def one_changed_line_is_a_small_layer(engine: Engine, image: str) -> None:
    before, after = (_layers(engine, one) for one in (image, f"{IMAGE}:{ONE_LINE_CHANGED.name}"))
    changed = [size for one, size in after if one not in dict(before)]
    assert 0 < sum(changed) < _SMALL, changed


def _layers(engine: Engine, image: str) -> list[tuple[str, int]]:
    template = "--format={{.ID}} {{.Size}}"
    lines = engine.run("history", "--human=false", "--no-trunc", template, image).splitlines()
    return [(one, int(size)) for one, size in map(str.split, lines)]


type Check = Callable[[Engine, str], None]

CHECKS: Sequence[Check] = (
    runs_as_an_ordinary_user,
    registers_with_a_closed_root,
    every_page_is_served,
    health_check_succeeds_with_the_service,
    health_check_fails_without_the_service,
    standard_library_is_compiled,
    stops_on_its_own,
    says_what_is_missing,
    names_itself,
    tells_what_is_in_it,
    one_changed_line_is_a_small_layer,
)


def name(check: Callable[..., None]) -> str:
    """Имя проверки для отчёта."""
    return check.__name__.replace("_", " ")


def failures(engine: Engine, image: str) -> dict[str, str]:
    """Проводит все проверки и возвращает неудачи: имя и почему."""
    found = {name(check): failure(check, engine, image) for check in CHECKS}
    return {check: why for check, why in found.items() if why is not None}


def failure(check: Check, engine: Engine, image: str) -> str | None:
    """Проводит одну проверку и возвращает, чем она не удалась."""
    try:
        check(engine, image)
    except AssertionError as error:
        return str(error)
    return None
