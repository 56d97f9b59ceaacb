"""Конец соединения без сокета: кому ещё должны ответ, когда закрывается, что не начинается."""

import asyncio
import gc
import socket
from collections.abc import Callable

import pytest

from entrypoints.container import Container
from entrypoints.http.fast_path import FastAnswer
from entrypoints.server.limits import ConnectionLimits
from tests.support.lone_connection import CHUNKED, POST, REQUEST, LoneConnection, SlowApp, turns

REGISTER = POST[:-2] + b"Content-Length: 40\r\n\r\n"


@pytest.mark.anyio
async def test_sender_who_has_sent_everything_gets_his_answer_and_the_end() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST)
    assert connection.eof_received()
    app.answer()
    await connection.settle()
    assert connection.statuses() == [b"200"]
    assert connection.deaf.is_closing()


@pytest.mark.anyio
async def test_nothing_more_is_read_until_all_that_was_sent_ahead_is_answered() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 2)
    app.answer()
    await connection.settle(answers=1)
    assert not connection.deaf.is_reading()
    app.answer()
    await connection.settle()
    assert connection.deaf.is_reading()


@pytest.mark.anyio
async def test_body_is_read_on_when_those_before_it_are_answered(container: Container) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST + REGISTER)
    await connection.settle()
    await turns()
    assert connection.deaf.is_reading()
    connection.data_received(b" " * 40)
    await connection.settle()
    assert connection.statuses() == [b"200", b"422"]


@pytest.mark.parametrize(
    "unfinished", [REQUEST[:9], CHUNKED, REGISTER], ids=["head", "body", "fast"]
)
@pytest.mark.anyio
async def test_sender_who_stops_in_the_middle_waits_for_nothing_more_than_he_is_owed(
    container: Container, unfinished: bytes
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST + unfinished)
    assert connection.eof_received()
    await connection.settle()
    assert connection.statuses() == [b"200"]
    assert connection.deaf.is_closing() or connection.deaf.has_ended


@pytest.mark.anyio
async def test_refusal_is_owed_to_a_sender_who_stops_after_a_fault(container: Container) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(CHUNKED + b"zz\r\n")
    assert connection.eof_received()
    await connection.settle()
    assert connection.statuses() == [b"400"]


@pytest.mark.anyio
async def test_body_that_was_not_allowed_is_not_taken_for_a_request(container: Container) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST[:-2] + b"Expect: 100-continue\r\nContent-Length: 99\r\n\r\n")
    await connection.settle()
    assert b"connection: close" in connection.deaf.sent
    connection.data_received(REQUEST * 9)
    await connection.settle()
    assert connection.statuses() == [b"200"]


def test_fault_on_the_way_to_an_answer_ends_the_connection_and_is_told() -> None:
    async def failing(*_given: object) -> FastAnswer:
        raise MemoryError

    async def told() -> list[object]:
        faults: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
        connection = LoneConnection(SlowApp(), fast_path=lambda *_: failing)
        connection.open()
        connection.data_received(REQUEST)
        await connection.settle()
        assert connection.deaf.is_aborted
        # О задаче, чьей ошибки никто не ждал, цикл событий говорит, когда её не станет.
        gc.collect()
        return faults

    assert [type(fault) for fault in asyncio.run(told())] == [MemoryError]


@pytest.mark.anyio
async def test_connection_that_is_cut_off_begins_nothing_of_what_was_sent_ahead() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 2)
    connection.deaf.abort()
    app.answer()
    await connection.settle()
    assert app.asked == 1


@pytest.mark.parametrize("sent", [REQUEST * 2 + CHUNKED, CHUNKED], ids=["whole", "begun"])
@pytest.mark.anyio
async def test_nothing_is_done_after_the_last_answer(sent: bytes) -> None:
    app = SlowApp((b"connection", b"close"))
    connection = LoneConnection.before(app)
    connection.data_received(sent)
    app.answer()
    app.answer()
    await connection.settle()
    connection.data_received(b"0\r\n\r\n" + REQUEST)
    await connection.settle()
    assert (app.asked, connection.statuses()) == (1, [b"200"])
    assert connection.deaf.has_ended
    assert connection.deaf.is_reading()


@pytest.mark.parametrize("broken", [b"\x16\x03", CHUNKED + b"zz\r\n"], ids=["head", "body"])
@pytest.mark.anyio
async def test_refusal_comes_in_its_turn_and_ends_the_connection_at_once(
    container: Container, broken: bytes
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST * 2 + broken)
    await connection.settle()
    assert connection.statuses() == [b"200", b"200", b"400"]
    assert connection.deaf.has_ended
    assert connection.deaf.is_reading()


@pytest.mark.anyio
async def test_connection_that_asked_to_be_closed_takes_no_place_after_its_answer(
    container: Container,
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST[:-2] + b"Connection: close\r\n\r\n")
    await connection.settle()
    assert connection.deaf.is_closing()


async def told_to_stop(container: Container, sent: bytes) -> bytes:
    """Что получит клиент, если остановка застала его запрос непрочитанным."""
    loop = asyncio.get_running_loop()
    client, served = socket.socketpair()
    with client:
        client.setblocking(False)  # noqa: FBT003 — таков вызов
        _, connection = await loop.connect_accepted_socket(
            lambda: LoneConnection(container.app(), ConnectionLimits(newcomer=0)), served
        )
        client.send(sent)
        connection.shutdown()
        async with asyncio.timeout(10):
            answer = await loop.sock_recv(client, 4096)
        connection.abort()
    return answer


def test_request_that_has_arrived_unread_when_the_stop_begins_is_answered(
    container: Container,
) -> None:
    answer = asyncio.run(told_to_stop(container, REQUEST))
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_idle_connection_is_closed_when_the_stop_begins(container: Container) -> None:
    assert asyncio.run(told_to_stop(container, b"")) == b""


def answering_as_the_stop_begins(
    container: Container, stop: Callable[[LoneConnection], object]
) -> LoneConnection:
    """Соединение, у которого остановка начинается, едва ответ написан."""
    connection = LoneConnection.opened(container)
    write = connection.deaf.write

    def write_and_stop(data: bytes | bytearray | memoryview) -> None:
        write(data)
        connection.context.is_stopping = True
        stop(connection)

    connection.deaf.write = write_and_stop  # type: ignore[method-assign]
    return connection


@pytest.mark.anyio
@pytest.mark.parametrize("begun", [0, 9])
async def test_answer_that_said_nothing_of_the_stop_is_followed_by_one_that_does(
    container: Container, begun: int
) -> None:
    connection = answering_as_the_stop_begins(container, lambda _: None)
    connection.data_received(REQUEST + REQUEST[:begun])
    await turns()
    connection.data_received(REQUEST[begun:])
    await turns()
    first, second = connection.deaf.sent.split(b"HTTP/1.1 200 OK")[1:]
    assert b"connection: close" not in first
    assert b"connection: close" in second


@pytest.mark.anyio
async def test_connection_shut_down_in_the_middle_of_an_answer_is_closed_after_it(
    container: Container,
) -> None:
    connection = answering_as_the_stop_begins(container, LoneConnection.shutdown)
    connection.data_received(REQUEST)
    await turns()
    assert connection.deaf.is_closing()
