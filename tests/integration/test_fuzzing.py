"""Schemathesis против работающего сервиса: описание верно, а сбоев нет."""

import subprocess
import sys
from pathlib import Path

from tests.integration.service import running_service

_SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Занятый адрес — верные данные и 400, а NFC и прочее схемой не выразить: отказ на них не сбой.
_NOT_CHECKED = "positive_data_acceptance"
_PLANTED = ("ivan.ivanov", "345-19-48", "Molodezhnaya")  # примеры описания; их шлёт examples


def test_service_answers_as_documented_and_logs_no_personal_data(
    tmp_path: Path, database: str
) -> None:
    with running_service(tmp_path, database_url=database) as service:
        run = subprocess.run(  # noqa: S603 — запускается своя же зависимость
            [
                _SCHEMATHESIS,
                *("run", f"{service.url}/openapi.json", "--phases"),
                "examples,coverage,fuzzing,stateful",
                *("--exclude-checks", _NOT_CHECKED, "--seed", "1", "-n", "20", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        log = service.log
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "POST /register 201" in log
    assert [planted for planted in _PLANTED if planted in log] == []
