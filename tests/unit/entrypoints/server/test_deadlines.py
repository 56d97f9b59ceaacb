"""Сроки соединения без сокета и без ожидания: от чего каждый отсчитывается и чем кончается."""

import asyncio

import pytest

from entrypoints.container import Container
from tests.support.lone_connection import CHUNKED, POST, REQUEST, LoneConnection, SlowApp
from tests.support.virtual_time import in_virtual_time


async def later(connection: LoneConnection, seconds: float) -> None:
    """Проводит столько секунд, обходя соединение так часто, как сервер."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await asyncio.sleep(0.5)
        connection.enforce_limits(loop.time())


@in_virtual_time
async def test_request_is_timed_from_its_first_byte(container: Container) -> None:
    connection = LoneConnection.opened(container)
    await later(connection, 8)
    connection.data_received(REQUEST[:3])
    await later(connection, 8)
    connection.data_received(REQUEST[3:10])
    assert connection.statuses() == []
    await later(connection, 2)
    assert connection.statuses() == [b"408"]


@pytest.mark.parametrize("framing", [b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n"])
@in_virtual_time
async def test_body_is_timed_with_the_head(container: Container, *, framing: bytes) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(POST[:-2])
    await later(connection, 6)
    connection.data_received(framing + b"\r\n")
    await later(connection, 2)
    assert connection.statuses() == []
    await later(connection, 2)
    assert connection.statuses() == [b"408"]


@in_virtual_time
async def test_request_sent_ahead_is_refused_when_its_turn_comes_too_late() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 3)
    await later(connection, 4)
    app.answer()
    await later(connection, 4)
    app.answer()
    app.answer()
    await later(connection, 1)
    assert app.refused == [None, None, "overloaded"]
    assert connection.deaf.has_ended
    await later(connection, 2)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_unavailable_ends_a_connection_on_which_more_was_sent_ahead() -> None:
    app = SlowApp(status=503)
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST * 3)
    app.answer()
    app.answer()
    await later(connection, 1)
    assert connection.statuses() == [b"503"]
    assert b"connection: close" in connection.deaf.sent
    assert connection.deaf.has_ended
    await later(connection, 2)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_upgrade_gives_a_request_no_more_time(container: Container) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(CHUNKED[:-2] + b"Content-Type: application/json\r\n")
    await later(connection, 8)
    connection.data_received(b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    await later(connection, 2)
    assert connection.statuses() == [b"408"]


@in_virtual_time
async def test_silence_before_a_request_and_after_an_answer_have_their_own_terms(
    container: Container,
) -> None:
    silent, idle = LoneConnection.opened(container), LoneConnection.opened(container)
    idle.data_received(REQUEST)
    await later(silent, 10)
    await later(idle, 50)
    assert silent.deaf.is_closing()
    assert not idle.deaf.is_closing()
    await later(idle, 10)
    assert idle.deaf.is_closing()
    assert (silent.statuses(), idle.statuses()) == ([], [b"200"])


@in_virtual_time
async def test_answer_of_the_application_is_waited_for_and_idleness_begins_with_it() -> None:
    app = SlowApp()
    connection = LoneConnection.before(app)
    connection.data_received(REQUEST)
    await later(connection, 100)
    app.answer()
    await later(connection, 60)
    assert connection.statuses() == [b"200"]
    assert not connection.deaf.is_closing()
    await later(connection, 10)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_reader_has_his_time_from_when_he_stopped_reading(
    container: Container,
) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(REQUEST)
    await later(connection, 20)
    connection.pause_writing()
    await later(connection, 25)
    assert not connection.deaf.is_aborted
    await later(connection, 10)
    assert connection.deaf.is_aborted


@in_virtual_time
async def test_sender_who_took_his_answer_late_is_still_listened_to(container: Container) -> None:
    connection = LoneConnection.opened(container)
    connection.data_received(b"\x16\x03")
    await later(connection, 1)
    connection.pause_writing()
    await later(connection, 20)
    connection.resume_writing()
    await later(connection, 1)
    assert connection.deaf.has_ended
    assert not connection.deaf.is_closing()
    await later(connection, 2)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_closed_connection_is_cut_off_if_its_last_bytes_are_not_taken(
    container: Container,
) -> None:
    connection = LoneConnection.opened(container)
    await later(connection, 10)
    assert connection.deaf.is_closing()
    await later(connection, 25)
    assert not connection.deaf.is_aborted
    await later(connection, 10)
    assert connection.deaf.is_aborted


@pytest.mark.parametrize("is_answered", [False, True])
@in_virtual_time
async def test_refused_sender_is_listened_to_for_a_while_since_the_refusal(
    container: Container, *, is_answered: bool
) -> None:
    connection = LoneConnection.opened(container)
    request = CHUNKED[:-2] + b"Content-Type: application/json\r\n\r\n"
    if is_answered:
        request = request.replace(b"POST /register", b"GET /health")
    connection.data_received(request)
    await later(connection, 8)
    connection.data_received(b"zz\r\n")
    await later(connection, 1)
    assert connection.statuses() == [b"200" if is_answered else b"400"]
    assert connection.deaf.has_ended
    assert not connection.deaf.is_closing()
    await later(connection, 2)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_stop_closes_a_connection_whose_body_ends_after_its_answer(
    container: Container,
) -> None:
    connection = LoneConnection.opened(container)
    head = POST.replace(b"application/json", b"text/plain")
    connection.data_received(head[:-2] + b"Content-Length: 2\r\n\r\n")
    await connection.settle()
    assert connection.statuses() == [b"415"]
    connection.shutdown()
    assert not connection.deaf.is_closing()
    connection.data_received(b"{}")
    await later(connection, 1)
    assert connection.deaf.is_closing()


@in_virtual_time
async def test_stop_waits_for_the_request_of_whoever_has_just_connected(
    container: Container,
) -> None:
    silent = LoneConnection.opened(container)
    await later(silent, 3)
    asking, shy = LoneConnection.opened(container), LoneConnection.opened(container)
    await later(asking, 0.5)
    for connection in (silent, asking, shy):
        connection.shutdown()
    assert [one.deaf.is_closing() for one in (silent, asking, shy)] == [True, False, False]
    asking.data_received(REQUEST)
    await asking.settle()
    assert asking.statuses() == [b"200"]
    await later(shy, 0.6)
    assert shy.deaf.is_closing()
