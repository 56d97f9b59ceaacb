"""Образы, от которых строятся наши: собраны здесь и названы, как в реестре."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from attrs import frozen

from tests.image.engine import Engine
from tests.support.project import ROOT
from tests.support.required_programs import required

_POSTGRES = Path(__file__).with_name("postgres")
_BASE = "crm-api-test-base"
_SUITE = "trixie"  # та же, что у образов python:…-slim
_PACKAGES = "ca-certificates,passwd,postgresql-client,python3,python3-pip"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# Как в настоящем: python на своём месте, стандартная библиотека без .pyc.
_PYTHON = f"""
FROM {_BASE}
COPY ca-certificates.crt {_CERTIFICATES}
RUN ln -s /usr/bin/python3 /usr/local/bin/python \\
    && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED \\
    && find / -xdev -name __pycache__ -prune -exec rm -rf {{}} + \\
    && mkdir -p /etc/uv && echo 'system-certs = true' > /etc/uv/uv.toml
"""


@frozen
class PostgresImage:
    """Чем образы PostgreSQL разных версий отличаются друг от друга.

    Attributes:
        major: старшая версия.
        volume: какую папку образ объявляет томом.
        pgdata: где он держит данные, если не сказать иного.
    """

    major: str
    volume: str = "/var/lib/postgresql/data"
    pgdata: str = "/var/lib/postgresql/data"


POSTGRES_IMAGES = (
    PostgresImage("14"),
    PostgresImage("15"),
    PostgresImage("18", "/var/lib/postgresql", "/var/lib/postgresql/18/docker"),
)


def build_base_images(engine: Engine, folder: Path) -> None:
    """Собирает ``python:…-slim`` и ``postgres:…``.

    Raises:
        tests.support.required_programs.ToolMissingError: собирать нечем.
        subprocess.CalledProcessError: не собралось.
    """
    system = folder / "base.tar"
    _bootstrap(system, folder)
    engine.run("import", str(system), _BASE)
    system.unlink()
    python = folder / "python"
    python.mkdir()
    (python / "Dockerfile").write_text(_PYTHON, encoding="utf-8")
    # Своей CA, если она есть, сборка внутри образа верит так же, как этот узел.
    shutil.copy(_CERTIFICATES, python)
    engine.run("build", "--tag", f"python:{_python_version()}-slim", ".", cwd=python)
    _build_postgres(engine, folder / "postgres")


def _bootstrap(system: Path, folder: Path) -> None:
    """Собирает Debian; откуда брать пакеты, узнаёт у этого узла."""
    sources = folder / "debian.sources"
    text = Path("/etc/apt/sources.list.d/debian.sources").read_text(encoding="utf-8")
    sources.write_text(re.sub(r"\bbookworm\b", _SUITE, text), encoding="utf-8")
    subprocess.run(  # noqa: S603 — команда собрана здесь
        [
            required("mmdebstrap"),
            "--quiet",
            "--variant=minbase",
            f"--include={_PACKAGES}",
            _SUITE,
            system,
            sources,
        ],
        check=True,
    )


def _python_version() -> str:
    found = re.search(r"^ARG PYTHON_VERSION=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return found[1]


def _build_postgres(engine: Engine, folder: Path) -> None:
    shutil.copytree(_POSTGRES, folder)
    subprocess.run(  # noqa: S603 — команда собрана здесь
        [required("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=folder,
        check=True,
    )
    for one in POSTGRES_IMAGES:
        _restore_links(folder / "node_modules" / f"postgres{one.major}")
        arguments = {"MAJOR": one.major, "VOLUME": one.volume, "PGDATA": one.pgdata}
        options = [f"--build-arg={name}={value}" for name, value in arguments.items()]
        engine.run("build", *options, "--tag", f"postgres:{one.major}", ".", cwd=folder)


def _restore_links(package: Path) -> None:
    """Делает ссылки, которых в пакете npm быть не может: их список лежит рядом."""
    listed = json.loads((package / "native" / "pg-symlinks.json").read_text(encoding="utf-8"))
    for link in listed:
        (package / link["target"]).symlink_to(Path(link["source"]).name)
