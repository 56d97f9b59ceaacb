"""Поток журнала: строки оборота пишутся разом, и ни одна не теряется."""

import asyncio
import io
import logging
import subprocess
import sys
from collections.abc import Buffer, Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from entrypoints.log_stream import LogStream
from tests.support.project import ROOT

pytestmark = pytest.mark.anyio


class CountingStream(io.StringIO):
    """Поток, который помнит, что писали каждым вызовом."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return super().write(text)


class CountingPipe(io.RawIOBase):
    """Конец канала, который помнит, что писали каждым вызовом."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        self.writes.append(bytes(data))
        return len(self.writes[-1])


@pytest.fixture
def stream() -> CountingStream:
    return CountingStream()


@contextmanager
def logging_to(stream: TextIO) -> Iterator[logging.Logger]:
    handler = LogStream(stream)
    log = logging.getLogger("tests.log_stream")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield log
    log.removeHandler(handler)


@pytest.fixture
def log(stream: CountingStream) -> Iterator[logging.Logger]:
    with logging_to(stream) as log:
        yield log


async def test_lines_of_one_turn_are_one_write(log: logging.Logger, stream: CountingStream) -> None:
    log.info("one")
    log.info("two")
    assert stream.writes == []
    await asyncio.sleep(0)
    assert stream.writes == ["one\ntwo\n"]
    log.info("three")
    await asyncio.sleep(0)
    assert stream.writes[1:] == ["three\n"]


async def test_warning_is_written_at_once_after_what_was_before_it(
    log: logging.Logger, stream: CountingStream
) -> None:
    log.info("one")
    log.warning("two")
    assert stream.writes == ["one\ntwo\n"]


async def test_line_of_another_thread_is_written_at_once(
    log: logging.Logger, stream: CountingStream
) -> None:
    await asyncio.to_thread(log.info, "one")
    assert stream.writes == ["one\n"]


def test_line_outside_a_loop_is_written_at_once(
    log: logging.Logger, stream: CountingStream
) -> None:
    log.info("one")
    assert stream.writes == ["one\n"]


def test_loop_that_ended_does_not_silence_the_next_one(
    log: logging.Logger, stream: CountingStream
) -> None:
    async def last_word() -> None:
        asyncio.get_running_loop().call_soon(log.info, "one")

    async def next_word() -> None:
        log.info("two")
        await asyncio.sleep(0)

    for word in (last_word, next_word):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(word())
        loop.close()
    assert "".join(stream.writes) == "one\ntwo\n"


async def test_much_text_is_written_in_parts_that_a_pipe_takes_whole(
    log: logging.Logger, stream: CountingStream
) -> None:
    for number in range(100):
        log.info("%s", f"{number:03}" * 100)
    await asyncio.sleep(0)
    assert len(stream.writes) > 1
    assert all(len(text) <= 4096 and text.endswith("\n") for text in stream.writes)
    lines = "".join(stream.writes).splitlines()
    assert lines == [f"{number:03}" * 100 for number in range(100)]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
async def test_pipe_takes_a_part_whole_however_many_bytes_a_letter_has(encoding: str) -> None:
    pipe = CountingPipe()
    with (
        io.TextIOWrapper(
            io.BufferedWriter(pipe, 1 << 20), encoding, errors="backslashreplace"
        ) as stream,
        logging_to(stream) as log,
    ):
        for _ in range(100):
            log.info("%s", "ы" * 100)
        await asyncio.sleep(0)
    assert len(pipe.writes) > 1
    assert all(len(data) <= 4096 and data.endswith(b"\n") for data in pipe.writes)
    line = ("ы" * 100).encode(encoding, "backslashreplace") + b"\n"
    assert b"".join(pipe.writes) == line * 100


async def test_closed_stream_harms_nobody(log: logging.Logger, stream: CountingStream) -> None:
    stream.close()
    log.error("one")
    log.info("two")
    await asyncio.sleep(0)


ENDINGS = {"normal": "pass", "exception": "raise KeyError", "exit": "sys.exit(3)"}
PROGRAM = """
import asyncio, logging, sys
from entrypoints.logs import configure_logging

async def main():
    logging.getLogger("x").info("last words")
    {ending}

configure_logging("INFO", "json", sys.stdout)
asyncio.run(main())
"""


@pytest.mark.parametrize("ending", ENDINGS)
def test_end_of_the_process_loses_nothing(ending: str) -> None:
    ended = subprocess.run(  # noqa: S603 — запускается свой же код
        [sys.executable, "-c", PROGRAM.format(ending=ENDINGS[ending])],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.count("last words") == 1
