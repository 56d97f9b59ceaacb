"""Schemathesis против работающего сервиса: описание верно, а сбоев нет."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import fuzzing_hooks
from tests.support.fuzzing_hooks import SENT, personal_data
from tests.support.project import ROOT
from tests.support.running_service import running_service

_SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
_RECOGNISABLE = re.compile(r"[\w@.+-]{8,}")
"""Куски, которых в журнале случайно не бывает; метка верных данных — тоже такой кусок."""


def test_service_answers_as_documented_and_logs_no_personal_data(
    tmp_path: Path, database: str
) -> None:
    with running_service(tmp_path, database_url=database) as service:
        # Зерно каждый раз новое; schemathesis называет его последней строкой.
        run = subprocess.run(  # noqa: S603 — запускается своя же зависимость
            [
                _SCHEMATHESIS,
                *("run", f"{service.url}/openapi.json", "--phases"),
                *("examples,coverage,fuzzing,stateful", "-n", "100", "--no-color"),
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": fuzzing_hooks.__name__,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        log = service.log
    sys.stdout.write(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "POST /register 201" in log

    sent = set(_RECOGNISABLE.findall("\n".join(personal_data(tmp_path / SENT))))
    assert any("@" in piece for piece in sent)
    assert [piece for piece in sent if piece in log] == []
