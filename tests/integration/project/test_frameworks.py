"""Примеры для чужих библиотек исполняются с настоящими Django, FastAPI, Celery и pytest-xdist.

У них своё окружение: ставится минуту из сети, из кэша — секунды.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.npm import node_program
from tests.support.parts import part_of_run
from tests.support.project import ROOT
from tests.support.sql import execute
from tests.support.uv import need_uv, uv

pytestmark = part_of_run("frameworks", budget=120)

EXAMPLES = ROOT / "examples"
DEADLINE = 300  # секунд: Celery и Django на занятой машине запускаются долго


@pytest.fixture(scope="module")
def python(data_root: Path) -> Path:
    """Python окружения, где есть сервис и библиотеки, с которыми его зовут."""
    venv = data_root / "frameworks"
    need_uv(data_root / "probe")
    uv("venv", "--python", sys.executable, venv)
    install = ("pip", "install", "--python", venv / "bin" / "python")
    for lock in ("embedded", "frameworks"):
        uv(*install, "--require-hashes", "-r", f"requirements/{lock}.txt")
    build = ("--no-deps", "--build-constraints", "requirements/build.txt")
    uv(*install, *build, "--refresh-package", "crm-api", ROOT)
    return venv / "bin" / "python"


def environment(database: str, **more: str) -> Mapping[str, str]:
    return {"PATH": os.defpath, "CRM_DATABASE_URL": database, "PYTHONUNBUFFERED": "1", **more}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Копия примеров: рядом с ними пишут и их меняют."""
    return shutil.copytree(EXAMPLES, tmp_path / "examples")


@contextmanager
def running(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> Iterator[Path]:
    """Держит программу запущенной и даёт её журнал; в конце она обязана кончиться по Ctrl-C."""
    log = folder / "log"
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(  # noqa: S603 — запускается своё, только что установленное
            command,
            cwd=folder,
            env=env,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield log
            os.killpg(process.pid, signal.SIGINT)  # как терминал: всем процессам сразу
            process.wait(DEADLINE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def served_at(log: Path) -> str:
    """Ждёт, пока сервер назовёт свой адрес, и возвращает его."""
    found = eventually(
        lambda: re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text(encoding="utf-8")),
        seconds=DEADLINE,
    )
    assert found
    return found.group()


def post(url: str, body: bytes, content_type: str, key: str | None = None) -> tuple[int, object]:
    headers = {"Content-Type": content_type} | ({"Idempotency-Key": key} if key else {})
    request = urllib.request.Request(url, body, headers)  # noqa: S310 — свой адрес
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310 — свой адрес
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_fastapi_example(python: Path, example: Path, database: str) -> None:
    command: list[str | Path] = [python, "-m", "uvicorn", "fastapi_shop:app", "--port", "0"]
    with running(command, example, environment(database)) as log:
        url = f"{served_at(log)}/sign-up"
        ivan = json.dumps({"name": "Ivan", "email": "Ivan@Example.ru"}).encode()
        registered = {"id": 1, "name": "Ivan", "email": "ivan@example.ru"}
        assert post(url, ivan, "application/json", "first") == (201, registered)
        assert post(url, ivan, "application/json", "first") == (201, registered)
        assert post(url, ivan, "application/json") == (400, {"detail": "already registered"})
        nobody = json.dumps({"name": "", "email": "nobody"}).encode()
        reused = {"detail": "the idempotency key was used with other data"}
        anna = json.dumps({"name": "Anna", "email": "anna@example.ru"}).encode()
        assert post(url, anna, "application/json", "first") == (422, reused)
        refused = {"detail": {"name": "required", "email": "invalid_email"}}
        assert post(url, nobody, "application/json") == (422, refused)
    assert "Application shutdown complete" in log.read_text(encoding="utf-8")


def test_django_example_and_its_reload(python: Path, example: Path, database: str) -> None:
    shop = example / "django_shop"
    port = free_port()  # на порту 0 после перезапуска был бы другой
    command: list[str | Path] = [python, "manage.py", "runserver", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}/sign-up"
    form = "application/x-www-form-urlencoded"
    ivan = urllib.parse.urlencode({"name": "Ivan", "email": "ivan@example.ru"}).encode()
    with running(command, shop, environment(database)) as log:
        answers_of(log, port)
        assert post(url, ivan, form, "first") == (201, {"id": 1})
        assert post(url, ivan, form, "first") == (201, {"id": 1})
        malformed = {"idempotency_key": "invalid idempotency key"}
        assert post(url, ivan, form, "k" * 256) == (422, malformed)
        assert post(url, ivan, form) == (400, {"email": "already registered"})
        assert post(url, b"name=Ivan", form) == (422, {"email": "required"})
        # Открытая регистрация не держит процесс: правка кода перезапускает его.
        views = shop / "shop" / "views.py"
        told = views.read_text(encoding="utf-8").replace('"already registered"', '"welcome back"')
        views.write_text(told, encoding="utf-8")
        eventually(lambda: is_welcomed_back(url, ivan, views), seconds=DEADLINE)


def is_welcomed_back(url: str, ivan: bytes, views: Path) -> bool:
    """Отвечает ли уже новый код; пока процесс меняется, соединения рвутся.

    Наблюдатель Django правку, которая раньше его первого взгляда на файл, за правку не считает:
    пока отвечает старый код, файл правится снова.
    """
    try:
        answer = post(url, ivan, "application/x-www-form-urlencoded")
    except (OSError, ValueError):  # не JSON — страница об ошибке от того, кто уже уходит
        return False
    if answer == (400, {"email": "already registered"}):
        views.touch()
    return answer == (400, {"email": "welcome back"})


def answers_of(log: Path, port: int) -> None:
    """Ждёт, пока сервер начнёт принимать соединения."""
    try:
        eventually(lambda: is_reachable(port), seconds=DEADLINE)
    except AssertionError:
        raise AssertionError(log.read_text(encoding="utf-8")) from None


def is_reachable(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_django_command(python: Path, example: Path, database: str) -> None:
    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run([python, "manage.py", "register_customer", *arguments], shop, database)

    shop = example / "django_shop"
    assert manage("Ivan", "ivan@example.ru", "--key", "first").stdout == "1\n"
    assert manage("Ivan", "ivan@example.ru", "--key", "first").stdout == "1\n"
    again = manage("Ivan", "ivan@example.ru")
    assert (again.returncode, again.stderr) == (1, "CommandError: email is already registered\n")


def run(
    command: Sequence[str | Path], folder: Path, database: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Исполняет программу до конца; срок — на случай, если она не кончится."""
    return subprocess.run(  # noqa: S603 — запускается своё, только что установленное
        command,
        cwd=folder,
        env=environment(database, **more),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


SIGN_UP = """
from shop_tasks import sign_up

tasks = [sign_up.delay("Ivan", f"{n}@example.ru") for n in range(8)]
print(sorted(task.get(timeout=100) for task in tasks))
again = sign_up.apply_async(("Ivan", "0@example.ru"), task_id=tasks[0].id)
print(again.get(timeout=100) == tasks[0].get())
"""


def test_celery_example(python: Path, example: Path, database: str) -> None:
    folder = example / "celery_worker"
    worker: list[str | Path] = [
        python,
        "-m",
        "celery",
        "-A",
        "shop_tasks",
        "worker",
        "--pool=prefork",
        "-c",
        "2",
    ]
    with running([*worker, "--loglevel=INFO"], folder, environment(database)) as log:
        done = run([python, "-c", SIGN_UP], folder, database)
        assert done.stdout == "[1, 2, 3, 4, 5, 6, 7, 8]\nTrue\n", done.stderr + log.read_text()
    assert execute(database, "SELECT count(*) FROM customers") == [(8,)]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_fixtures_for_own_tests(python: Path, example: Path, workers: str) -> None:
    command: list[str | Path] = [
        python,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-q",
        "-n",
        workers,
        "own_tests",
    ]
    done = run(command, example, "memory://")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_examples_are_typed(python: Path, example: Path) -> None:
    (example / "mypy.ini").write_text(
        "[mypy]\nstrict = True\nexplicit_package_bases = True\nmypy_path = django_shop\n"
    )
    checked = ("fastapi_shop.py", "django_shop/shop", "celery_worker")
    mypy = run([python, "-m", "mypy", *checked], example, "memory://")
    assert mypy.returncode == 0, mypy.stdout + mypy.stderr


def test_pyright_knows_the_types_of_the_installed_package(python: Path, example: Path) -> None:
    settings = {
        "include": ["."],
        "typeCheckingMode": "standard",
        "executionEnvironments": [{"root": "django_shop"}, {"root": "."}],
    }
    (example / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = str(node_program("pyright"))
    done = run([pyright, "--pythonpath", python], example, "memory://", PATH=os.environ["PATH"])
    assert done.returncode == 0, done.stdout + done.stderr
