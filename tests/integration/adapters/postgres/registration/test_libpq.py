"""Обмен с сервером: кто ждёт ответа, которого не будет, тот узнаёт об этом."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psycopg
import pytest

from adapters.postgres.registration.libpq import ServerConnection
from tests.support.embedded_server import own_server_only
from tests.support.eventually import eventually
from tests.support.sql import execute

pytestmark = pytest.mark.anyio

_DEADLINE = 10  # секунд: ждать дольше значит зависнуть


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Об ошибке сокета циклы событий говорят по-разному, а служба работает на uvloop."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture
async def connection(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    connection = await psycopg.AsyncConnection.connect(database, autocommit=True)
    yield connection
    await connection.close()


async def test_question_is_refused_once_the_server_has_spoken_unasked(
    database: str, connection: psycopg.AsyncConnection
) -> None:
    exchange = ServerConnection(connection)
    await exchange.ask(b"LISTEN goodbye", ())
    execute(database, "NOTIFY goodbye")
    # Ждёт другой поток: тем временем о том же узнаёт и цикл событий.
    await asyncio.to_thread(eventually, lambda: not exchange.is_usable)
    async with asyncio.timeout(_DEADLINE):
        with pytest.raises(psycopg.OperationalError):
            await exchange.ask(b"SELECT 1", ())


async def test_given_up_question_fails_and_its_connection_is_not_used_again(
    connection: psycopg.AsyncConnection,
) -> None:
    exchange = ServerConnection(connection)
    asyncio.get_running_loop().call_soon(exchange.give_up)
    async with asyncio.timeout(_DEADLINE):
        with pytest.raises(psycopg.OperationalError):
            await exchange.ask(b"SELECT pg_sleep(60)", ())
    assert not exchange.is_usable


async def test_question_larger_than_the_socket_takes_is_sent_whole(
    connection: psycopg.AsyncConnection,
) -> None:
    size = 8 * 1024 * 1024
    exchange = ServerConnection(connection)
    async with asyncio.timeout(_DEADLINE):
        answer = await exchange.ask(b"SELECT length($1)", [b"x" * size])
        # И следить за тем, свободен ли сокет, больше незачем: отвечает и следующий вопрос.
        await exchange.ask(b"SELECT 1", ())
    assert answer.get_value(0, 0) == str(size).encode()


async def test_goodbye_is_noticed_before_the_loop_tells_of_it(
    database: str, connection: psycopg.AsyncConnection
) -> None:
    exchange = ServerConnection(connection)
    execute(database, "SELECT pg_terminate_backend(%s, 5000)", connection.info.backend_pid)
    # Между прощанием и вопросом цикл событий не сделал ни шага.
    assert not exchange.is_usable


@pytest.mark.parametrize("has_asked", [False, True])
async def test_giving_up_a_question_that_nobody_waits_for_is_no_error(
    connection: psycopg.AsyncConnection, *, has_asked: bool
) -> None:
    exchange = ServerConnection(connection)
    if has_asked:
        asking = asyncio.create_task(exchange.ask(b"SELECT pg_sleep(60)", ()))
        await asyncio.sleep(0)
        asking.cancel()
    exchange.give_up()
    assert not exchange.is_usable


async def test_closing_after_a_loss_does_not_touch_whoever_got_the_same_descriptor(
    database: str, connection: psycopg.AsyncConnection
) -> None:
    lost = ServerConnection(connection)
    execute(database, "SELECT pg_terminate_backend(%s, 5000)", connection.info.backend_pid)
    with pytest.raises(psycopg.OperationalError):
        await lost.ask(b"SELECT 1", ())
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as another:
        exchange = ServerConnection(another)
        await lost.close()
        async with asyncio.timeout(_DEADLINE):
            assert (await exchange.ask(b"SELECT 1", ())).get_value(0, 0) == b"1"
        await exchange.close()


@own_server_only
async def test_question_given_up_half_sent_leaves_its_descriptor_alone(
    connection: psycopg.AsyncConnection,
) -> None:
    exchange = ServerConnection(connection)
    loop = asyncio.get_running_loop()
    server, descriptor = connection.info.backend_pid, connection.fileno()
    os.kill(server, signal.SIGSTOP)
    try:
        loop.call_soon(exchange.give_up)
        with pytest.raises(psycopg.OperationalError):
            await exchange.ask(b"SELECT length($1)", [b"x" * 8 * 1024 * 1024])
        # Цикл событий за ним больше не следит: отписывать некого.
        assert not loop.remove_reader(descriptor)
        assert not loop.remove_writer(descriptor)
    finally:
        os.kill(server, signal.SIGCONT)


@own_server_only
async def test_last_word_of_a_server_that_never_read_the_question_is_heard(
    connection: psycopg.AsyncConnection,
) -> None:
    exchange = ServerConnection(connection)
    server = connection.info.backend_pid
    os.kill(server, signal.SIGSTOP)
    asyncio.get_running_loop().call_soon(end, server)
    async with asyncio.timeout(_DEADLINE):
        with pytest.raises(psycopg.errors.AdminShutdown):
            await exchange.ask(b"SELECT 1", ())


def end(server: int) -> None:
    """Кончает остановленный серверный процесс и ждёт, не давая циклу событий сделать ни шага."""
    os.kill(server, signal.SIGTERM)
    os.kill(server, signal.SIGCONT)
    eventually(lambda: not is_alive(server))


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
