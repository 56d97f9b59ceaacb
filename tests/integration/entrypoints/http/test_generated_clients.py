"""Клиенты, сделанные генераторами по описанию сервиса, проходят проверку типов и работают."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.http.openapi.document import openapi_json
from tests.support.lossy_link import Loss, threaded_link
from tests.support.npm import node_modules, node_program
from tests.support.parts import part_of_run
from tests.support.project import ROOT
from tests.support.required_programs import required
from tests.support.running_service import running_service

pytestmark = part_of_run("generated clients", budget=180)

PROGRAMS = ROOT / "tests" / "clients"
REGISTERED = """\
registered Мария Иванова мария@пример.рф Орск, д. 18, replayed: false
registered Мария Иванова мария@пример.рф Орск, д. 18, replayed: true
422 age out_of_range 0..150
422 phone too_long ?..25
400 email email_taken ?..?
"""
UNAVAILABLE = "503 again in 2 s\n"

type Command = list[str | Path]


def run(command: Command, folder: Path) -> str:
    """Исполняет программу и возвращает то, что она напечатала."""
    done = subprocess.run(  # noqa: S603 — программы теста
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Папка разработчика, у которого есть описание сервиса и больше ничего."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "openapi.json").write_bytes(openapi_json())
    return folder


@pytest.fixture(scope="module")
def typescript(workshop: Path) -> Path:
    """Где лежат программы на TypeScript, собранные вместе с клиентами."""
    for program in ("openapi_fetch.ts", "hey_api.ts", "tsconfig.json"):
        shutil.copy(PROGRAMS / program, workshop)
    (workshop / "node_modules").symlink_to(node_modules())
    types = workshop / "generated" / "schema.d.ts"
    run([node_program("openapi-typescript"), "openapi.json", "--output", types], workshop)
    client = ["--output", "generated/hey_api", "--client", "@hey-api/client-fetch"]
    run([node_program("openapi-ts"), "--input", "openapi.json", *client], workshop)
    run([node_program("tsc"), "--project", "tsconfig.json"], workshop)
    return workshop / "compiled"


@pytest.fixture(scope="module")
def python(workshop: Path) -> Path:
    """Программа на Python рядом с клиентом; mypy проверил обоих."""
    program = workshop / "openapi_python_client.py"
    shutil.copy(PROGRAMS / program.name, program)
    bin_folder = Path(sys.executable).parent
    # Новый ruff, окажись он в PATH, портит типы: openapi_python_client_ruff_breaks_types.sh.
    (workshop / "generator.yaml").write_text("post_hooks: []\n")
    client: Command = ["--config", "generator.yaml", "--meta", "none"]
    client += ["--output-path", "crm_api_client"]
    generator = bin_folder / "openapi-python-client"
    run([generator, "generate", "--path", "openapi.json", *client], workshop)
    checked: Command = ["--strict", "--config-file", os.devnull, "crm_api_client", program.name]
    run([sys.executable, "-m", "mypy", *checked], workshop)
    return program


@pytest.fixture(params=["openapi_fetch", "hey_api", "openapi_python_client"])
def client(request: pytest.FixtureRequest) -> Iterator[Command]:
    """Чем запустить программу с клиентом."""
    if request.param == "openapi_python_client":
        yield [sys.executable, request.getfixturevalue("python")]
    else:
        folder = request.getfixturevalue("typescript")
        yield [required("node", "nodejs"), folder / f"{request.param}.js"]


def test_client_registers_repeats_and_reads_refusals_and_when_to_try_again(
    client: Command, tmp_path: Path, database: str
) -> None:
    with (
        threaded_link(database) as link,
        running_service(tmp_path, database_url=link.url) as service,
    ):
        assert run([*client, service.url, "register"], tmp_path) == REGISTERED
        link.is_down = True
        link.lose(Loss.QUESTION)
        assert run([*client, service.url, "unavailable"], tmp_path) == UNAVAILABLE


@pytest.mark.parametrize(
    ("public_url", "strict_fields", "reveal_taken"),
    [(None, False, True), ("https://api.shop.example/crm", True, False)],
)
def test_redocly_and_spectral_find_nothing(
    public_url: str | None, tmp_path: Path, *, strict_fields: bool, reveal_taken: bool
) -> None:
    document = openapi_json(public_url, strict_fields=strict_fields, reveal_taken=reveal_taken)
    (tmp_path / "openapi.json").write_bytes(document)
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    redocly = node_program("redocly")
    run([redocly, "lint", "--extends", "recommended-strict", "openapi.json"], tmp_path)
    run([node_program("spectral"), "lint", "--fail-severity", "hint", "openapi.json"], tmp_path)
