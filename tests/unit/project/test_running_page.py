"""Команда со страницы о запуске получает те же настройки, что systemd даёт сервису."""

import subprocess
from pathlib import Path

import pytest

from tests.support.markdown import blocks

SETTINGS = {
    "CRM_DATABASE_URL": "postgresql://crm_user@10.0.0.11/crm_db?sslmode=require&application_name=$a",
    "CRM_WEBHOOK_SECRET": "whsec_old whsec_new",
}


@pytest.mark.parametrize(
    ("language", "program"),
    [
        ("sh", "/opt/crm-api/bin/crm-api check"),
        ("text", "/opt/crm-api/bin/crm-api keys clean --older-than 30"),
    ],
)
def test_command_gets_the_settings_of_the_service(
    tmp_path: Path, language: str, program: str
) -> None:
    [found] = [one for one in blocks("docs/running.md", language) if program in one]
    command = found.removeprefix("17 4 * * * root ").replace(program, "/usr/bin/env")
    file = tmp_path / "crm-api.env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in SETTINGS.items()))
    given = subprocess.run(  # noqa: S603 — команда со страницы
        ["/bin/sh", "-c", command.replace("/etc/crm-api.env", str(file))],
        env={},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert {f"{name}={value}" for name, value in SETTINGS.items()} <= set(given)
