"""Поток журнала: никто не ждёт читателя, а пока он читает, не теряется ни строки."""

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entrypoints.log_stream import LogStream
from tests.support.eventually import eventually
from tests.support.full_pipe import full_pipe

pytestmark = pytest.mark.anyio

_MORE_THAN_IT_HOLDS = 6 << 20
_LOST = " lines of the log were lost: nobody read it"


@contextmanager
def logging_to(descriptor: int, lost: list[int] | None = None) -> Iterator[logging.Logger]:
    with open(descriptor, "w", closefd=False, encoding="utf-8") as stream:
        handler = LogStream(stream, count_lost=(lost if lost is not None else []).append)
    log = logging.getLogger("tests.log_stream")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield log
        handler.flush()
    finally:
        log.removeHandler(handler)
        handler.close()


@pytest.fixture
def packets() -> Iterator[tuple[int, socket.socket]]:
    """Дескриптор для записи и сокет, который отдаёт каждую запись отдельно."""
    read, write = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with read, write:
        read.settimeout(30)
        yield write.fileno(), read


def received(link: socket.socket, count: int) -> list[str]:
    """Принимает записи, пока в них не наберётся столько строк."""
    written: list[str] = []
    while sum(text.count("\n") for text in written) < count:
        written.append(link.recv(1 << 20).decode())
    return written


async def test_lines_written_close_together_are_one_write(
    packets: tuple[int, socket.socket],
) -> None:
    descriptor, link = packets
    with logging_to(descriptor) as log:
        for number in range(100):
            log.info("%d", number)
        written = received(link, 100)
    assert "".join(written) == "".join(f"{number}\n" for number in range(100))
    assert len(written) < 100


async def test_lines_of_all_threads_are_written(packets: tuple[int, socket.socket]) -> None:
    descriptor, link = packets
    with logging_to(descriptor) as log:
        await asyncio.gather(*(asyncio.to_thread(log.info, "%d", one) for one in range(50)))
        written = received(link, 50)
    assert sorted("".join(written).split()) == sorted(str(one) for one in range(50))


async def test_much_text_is_written_in_parts_that_a_pipe_takes_whole(
    packets: tuple[int, socket.socket],
) -> None:
    descriptor, link = packets
    lines = ["ы" * (1 + number % 300) for number in range(1000)]
    with logging_to(descriptor) as log:
        for line in lines[:300]:
            log.info("%s", line)
        log.info("%s", "\n".join(lines[300:]))  # и строки одной записи
        written = received(link, len(lines))
    assert len(written) > 1
    assert all(len(text.encode()) <= 4096 and text.endswith("\n") for text in written)
    assert "".join(written).splitlines() == lines


def test_file_keeps_all(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file, logging_to(file.fileno()) as log:
        for number in range(10_000):
            log.info("%d", number)
    assert (tmp_path / "log").read_text().split() == [str(number) for number in range(10_000)]


def test_stream_that_takes_nothing_harms_nobody() -> None:
    lost: list[int] = []
    read, write = os.pipe()
    os.close(read)
    with logging_to(write, lost) as log:
        log.error("one")
        log.info("two")
        eventually(lambda: sum(lost) == 2)
    os.close(write)


def test_file_that_takes_the_number_of_a_closed_stream_gets_no_lines(
    tmp_path: Path, packets: tuple[int, socket.socket]
) -> None:
    descriptor, link = packets
    stream = os.dup(descriptor)
    with (tmp_path / "other").open("w") as other, logging_to(stream) as log:
        os.dup2(other.fileno(), stream)
        log.error("one")
        assert received(link, 1) == ["one\n"]
    os.close(stream)
    assert (tmp_path / "other").read_text() == ""


def test_who_writes_does_not_wait_for_a_reader_and_learns_what_was_lost() -> None:
    lost: list[int] = []
    line = "x" * 1023
    with full_pipe() as (read, write), logging_to(write, lost) as log:
        sent = _MORE_THAN_IT_HOLDS // 1024
        for _ in range(sent):
            log.info(line)
        assert 0 < sum(lost) < sent
        # О потерянном бывает сказано не раз: поток мог взять накопленное и посреди этих строк.
        text = ""
        while said_to_be_lost(text) < sum(lost):
            text += read_until(read, _LOST)
        log.info("the reader is back")
        text += read_until(read, "back")
    assert text.count(f"{line}\n") + sum(lost) == sent
    assert said_to_be_lost(text) == sum(lost)
    assert text.splitlines()[-1] == "the reader is back"


def said_to_be_lost(text: str) -> int:
    """Складывает, сколько строк названо потерянными."""
    return sum(int(line.split()[0]) for line in text.splitlines() if line.endswith(_LOST))


def read_until(descriptor: int, last: str) -> str:
    """Читает канал, пока не встретится это слово и конец его строки.

    Нули, которыми канал был заполнен заранее, — не журнал: за ними сразу стоит первая строка.
    """
    received = bytearray()
    while not (last.encode() in received and received.endswith(b"\n")):
        received += os.read(descriptor, 1 << 20)
    return received.lstrip(b"\0").decode()


def test_flags_of_the_descriptor_stay_as_they_were() -> None:
    with full_pipe() as (_, write):
        other = os.dup(write)
        with logging_to(write) as log:
            log.info("one")
            assert os.get_blocking(other)
        os.close(other)


def test_descriptor_that_somebody_else_made_nonblocking_loses_nothing() -> None:
    with full_pipe() as (read, write):
        os.set_blocking(write, False)
        with logging_to(write) as log:
            log.info("one")
            assert read_until(read, "one").endswith("one\n")
