"""Примеры из ``examples/`` исполняются и печатают то, что обещают."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.project import ROOT

EXAMPLES = ROOT / "examples"
PRINTED = {
    "sync_script.py": (
        "registered 1 ivan@example.ru\n"
        "registered 2 мария@пример.рф\n"
        "already there\n"
        "refused email: invalid_email age: out_of_range\n"
    ),
    "bulk_load.py": "Customer 2900\nEmailAlreadyRegisteredError 100\n",
    "own_repository.py": "new customer 1\n400 /problems/email_taken\n",
}
TESTED_APART = {"__init__.py", "async_service.py", "fastapi_shop.py"}


def environment(database: str) -> Mapping[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "CRM_DATABASE_URL": database}


def printed(example: str, database: str, folder: Path) -> str:
    run = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-W", "error", EXAMPLES / example],
        cwd=folder,
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*PRINTED, *TESTED_APART}


@pytest.mark.parametrize("example", PRINTED)
def test_example_prints_what_it_promises(example: str, database: str, tmp_path: Path) -> None:
    assert printed(example, database, tmp_path) == PRINTED[example]


@pytest.mark.parametrize("example", ["sync_script.py", "bulk_load.py"])
def test_example_that_is_run_again_knows_whom_it_registered(
    example: str, database: str, tmp_path: Path
) -> None:
    assert printed(example, database, tmp_path) == printed(example, database, tmp_path)


def test_example_of_a_service_answers_a_repeat_with_the_same_customer(
    database: str, tmp_path: Path
) -> None:
    customer = {"name": "Ivan", "email": "ivan@example.ru"}
    messages = [
        {"id": "m-1", "customer": customer},
        {"id": "m-1", "customer": customer},
        {"id": "m-2", "customer": customer},
        {"id": "m-3", "customer": {"name": "", "email": "b@example.ru"}},
    ]
    with subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, EXAMPLES / "async_service.py", "0"],
        cwd=tmp_path,
        env=environment(database),
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        try:
            assert service.stdout
            port = int(service.stdout.readline().split()[-1])
            with (
                socket.create_connection(("127.0.0.1", port), timeout=30) as link,
                link.makefile("rw") as lines,
            ):
                for message in messages:
                    lines.write(json.dumps(message) + "\n")
                lines.flush()
                link.shutdown(socket.SHUT_WR)
                answers = [json.loads(line) for line in lines]
        finally:
            with suppress(ProcessLookupError):
                service.terminate()
    assert answers == [
        {"id": "m-1", "customer": 1},
        {"id": "m-1", "customer": 1},
        {"id": "m-2", "refused": "email is already registered"},
        {"id": "m-3", "refused": "name: required"},
    ]
