"""Журнал целого процесса: его конец не теряет ни строки, а кто не читает, того он не ждёт."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from entrypoints.log_stream import LAST_WORDS
from tests.support.full_pipe import full_pipe
from tests.support.project import ROOT

ENDINGS = {"normal": "pass", "exception": "raise KeyError", "exit": "sys.exit(3)"}
PROGRAM = """
import asyncio, logging, sys
from entrypoints.logs import log_to_standard_error

async def main():
    for number in range({count}):
        logging.getLogger("x").info("last words %d", number)
    {ending}

log_to_standard_error("INFO", "json")
asyncio.run(main())
"""


def ending_program(ending: str, count: int, stderr: int | TextIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", PROGRAM.format(ending=ENDINGS[ending], count=count)],
        env={"PYTHONPATH": str(ROOT)},
        stderr=stderr,
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_end_of_the_process_loses_nothing(ending: str) -> None:
    with ending_program(ending, 2000, subprocess.PIPE) as program:
        _, said = program.communicate()
    lines = said.decode().splitlines()
    assert [json.loads(line)["event"] for line in lines[:2000]] == [
        f"last words {number}" for number in range(2000)
    ]
    # След исключения идёт тем же путём и потому последним.
    assert lines[2000:] == [] or (ending == "exception" and lines[-1] == "KeyError")


@pytest.mark.parametrize("ending", ENDINGS)
def test_end_of_the_process_does_not_wait_for_a_reader_who_does_not_read(ending: str) -> None:
    with full_pipe() as (_, write), ending_program(ending, 20, write) as program:
        expected = {"normal": 0, "exception": 1, "exit": 3}[ending]
        assert program.wait(LAST_WORDS + 30) == expected


FULL_DISK_PROGRAM = """
import logging, resource
from entrypoints.logs import log_to_standard_error

def allow(size):  # файлу дальше не вырасти, как на полном диске
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

lost = []
log_to_standard_error("INFO", "json", count_lost=lost.append)
[log] = logging.getLogger().handlers
for number in range(100):
    if number == 50:
        allow(5000)
    if number == 80:
        allow(resource.RLIM_INFINITY)
    logging.getLogger("x").info("line %d", number)
    log.flush()
print(sum(lost))
"""


def test_full_disk_tears_no_line_but_the_last_and_is_told_when_there_is_room(
    tmp_path: Path,
) -> None:
    with (tmp_path / "log").open("w") as file:
        counted = subprocess.run(  # noqa: S603 — запускается свой же код
            [sys.executable, "-c", FULL_DISK_PROGRAM],
            env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=file,
            check=True,
        ).stdout
    lines = (tmp_path / "log").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines if line.endswith("}")]
    written = [event for event in events if event.startswith("line ")]
    lost = 100 - len(written)
    assert lost > 0
    assert len(lines) == len(events) + 1  # разорвана одна
    assert written[-20:] == [f"line {number}" for number in range(80, 100)]
    told = f"{lost} lines of the log were lost: they could not be written (File too large)"
    assert [event for event in events if event not in written] == [told]
    assert int(counted) == lost
