"""Ctrl-C, пока команда загружается: настоящий процесс, застигнутый посреди импорта."""

import signal
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.running_service import start

# Стоит вместо библиотеки: рабочая папка в sys.path раньше неё.
ENDLESS_IMPORT = """
print("importing", flush=True)
while True:
    pass
"""


@pytest.mark.parametrize(
    ("command", "library"), [("serve", "click"), ("serve", "uvicorn"), ("settings", "dotenv")]
)
def test_ctrl_c_while_libraries_are_imported_is_a_quiet_130(
    tmp_path: Path, command: str, library: str
) -> None:
    (tmp_path / f"{library}.py").write_text(ENDLESS_IMPORT)
    process, log_path = start(tmp_path, program=("entrypoints.cli", command))
    try:
        eventually(lambda: log_path.read_text() == "importing\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
        process.wait(30)
    assert log_path.read_text() == "importing\n"


def test_ctrl_c_that_the_shell_ignores_is_left_ignored(tmp_path: Path) -> None:
    # Так запускает фоновое задание неинтерактивная оболочка (POSIX, 2.11).
    (tmp_path / "click.py").write_text(
        "import signal\nprint(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\nraise SystemExit"
    )
    ignoring = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    process, log_path = start(tmp_path, prefix=ignoring)
    assert process.wait(30) == 0
    assert log_path.read_text() == "True\n"
