"""Файлы запуска и поставки согласны между собой: закреплённые версии, образ, Compose."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from entrypoints.settings import load_settings
from tests.support.locks import locked, locked_lines
from tests.support.project import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKS = sorted(path.name for path in REQUIREMENTS.iterdir())
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHON = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def compose(**environ: str) -> dict[str, Any]:
    """Читает файл Compose с подставленными переменными."""
    text = re.sub(
        r"\$\{(\w+):-([^}]*)\}", lambda found: environ.get(found[1]) or found[2], COMPOSE_TEXT
    )
    assert "${" not in text
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    return services


def test_there_is_one_lock_for_every_way_to_install() -> None:
    assert LOCKS == [
        "bench.txt",
        "build.txt",
        "cluster.txt",
        "dev.txt",
        "embedded.txt",
        "frameworks.txt",
        "image.txt",
        "kubernetes.txt",
        "otel.txt",
        "service.txt",
        "supply.txt",
        "uv.txt",
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_every_dependency_with_hashes(lock: str) -> None:
    pin = re.compile(r"[a-z0-9-]+==[\w.]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in locked_lines(REQUIREMENTS / lock) if not pin.fullmatch(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_download_address(lock: str) -> None:
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")
    assert re.findall(r"\S*://\S*|--(?:extra-)?index\S*|--find-links\S*|\S+ @ \S+", text) == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("service.txt", PYPROJECT["project"]["dependencies"]),
        ("embedded.txt", PYPROJECT["project"]["optional-dependencies"]["embedded"]),
        ("otel.txt", PYPROJECT["project"]["optional-dependencies"]["otel"]),
        ("dev.txt", PYPROJECT["dependency-groups"]["dev"]),
        ("dev.txt", PYPROJECT["project"]["optional-dependencies"]["spreadsheets"]),
        ("service.txt", PYPROJECT["project"]["optional-dependencies"]["webhooks"]),
        ("service.txt", PYPROJECT["project"]["optional-dependencies"]["nats"]),
        ("build.txt", PYPROJECT["dependency-groups"]["build"]),
        ("build.txt", PYPROJECT["build-system"]["requires"]),
        ("kubernetes.txt", PYPROJECT["dependency-groups"]["kubernetes"]),
        ("image.txt", PYPROJECT["dependency-groups"]["image"]),
        ("cluster.txt", PYPROJECT["dependency-groups"]["cluster"]),
        ("frameworks.txt", PYPROJECT["dependency-groups"]["frameworks"]),
        ("supply.txt", PYPROJECT["dependency-groups"]["supply"]),
        ("uv.txt", PYPROJECT["dependency-groups"]["uv"]),
    ],
)
def test_lock_satisfies_pyproject(lock: str, wanted: list[str]) -> None:
    versions = locked(REQUIREMENTS / lock)
    requirements = [Requirement(text) for text in wanted]
    unmet = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(versions.get(requirement.name, "0"))
    ]
    assert unmet == []


def test_larger_locks_repeat_the_smaller_ones() -> None:
    service, embedded, otel, dev = (
        locked(REQUIREMENTS / f"{name}.txt") for name in ("service", "embedded", "otel", "dev")
    )
    assert service.items() <= embedded.items() <= dev.items()
    assert service.items() <= otel.items() <= dev.items()


def test_one_python_everywhere() -> None:
    assert PYPROJECT["project"]["requires-python"] == f">={PYTHON}"
    assert f"ARG PYTHON_VERSION={PYTHON}\n" in DOCKERFILE
    assert f"--python-version {PYTHON} " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_image_context_holds_what_the_image_copies_and_no_more() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    project = PYPROJECT["project"]
    assert "*" in rules
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        *PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"],
        *project["license-files"],
        *re.findall(r"requirements/\w+\.txt", DOCKERFILE),
        project["readme"],
        "pyproject.toml",
    }


def test_image_and_wheel_are_described_alike() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall("^SBOM := (.*)$", makefile, re.MULTILINE)
    assert command in re.sub(r"\\\n\s*", "", DOCKERFILE)


def test_image_runs_as_an_ordinary_user_and_gets_signals_itself() -> None:
    final_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in final_stage
    assert '\nCMD ["crm-api", "serve"]\n' in final_stage


def test_image_has_a_health_check_that_needs_no_other_program() -> None:
    final_stage = DOCKERFILE.rpartition("\nFROM ")[2].replace("\\\n", "")
    assert re.search(
        r'^HEALTHCHECK --interval=.* CMD \["python", "-m", ', final_stage, re.MULTILINE
    )


def test_compose_database_is_what_the_page_on_running_promises() -> None:
    database = compose()["crm_db"]
    assert database["image"] == "postgres:14"
    assert database["ports"] == ["127.0.0.1:5444:5432"]
    assert database["environment"] == {
        "POSTGRES_DB": "crm_db",
        "POSTGRES_USER": "crm_user",
        "POSTGRES_PASSWORD": "crm_password",
        "PGDATA": "/var/lib/postgresql/crm_db",
    }
    assert "wal_level=logical" in database["command"]


def test_compose_database_logs_no_personal_data() -> None:
    assert {"log_error_verbosity=terse", "log_min_error_statement=panic"} <= set(
        compose()["crm_db"]["command"]
    )


def test_compose_keeps_the_data_in_a_volume_whatever_the_version() -> None:
    database = compose(CRM_POSTGRES_VERSION="18")["crm_db"]
    _, folder = database["volumes"][0].split(":")
    assert database["image"] == "postgres:18"
    assert database["environment"]["PGDATA"].startswith(folder + "/")


def test_image_says_which_version_it_is() -> None:
    label = f'org.opencontainers.image.version="{PYPROJECT["project"]["version"]}"'
    assert label in DOCKERFILE


def test_compose_logs_are_bounded() -> None:
    assert all(one["logging"]["options"]["max-size"] for one in compose().values())


def test_compose_service_settings_are_known_to_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = compose()["crm_api"]["environment"]
    settings = load_settings({name: str(value or "") for name, value in given.items()})
    assert (settings.host, settings.port) == (("0.0.0.0",), 3001)  # noqa: S104 — внутри контейнера
    assert settings.database_url == "postgresql://crm_user@crm_db:5432/crm_db"


def test_compose_service_and_database_share_the_password() -> None:
    services = compose(CRM_POSTGRES_PASSWORD="p@ss/word")  # noqa: S106 — образец, не тайна
    passwords = [
        services["crm_db"]["environment"]["POSTGRES_PASSWORD"],
        services["crm_api"]["environment"]["PGPASSWORD"],
    ]
    assert passwords == ["p@ss/word"] * 2


def test_compose_service_waits_for_the_database_and_has_no_spare_rights() -> None:
    service = compose()["crm_api"]
    assert service["depends_on"] == {"crm_db": {"condition": "service_healthy"}}
    assert service["ports"] == ["3001:3001"]
    assert compose(CRM_PUBLISH="127.0.0.1:80")["crm_api"]["ports"] == ["127.0.0.1:80:3001"]
    assert service["read_only"] is True
    assert service["tmpfs"] == "/tmp"  # noqa: S108 — общие замеры нескольких процессов
    assert service["cap_drop"] == ["ALL"]
