"""Большие порции ждут своего оборота цикла событий, а обычные — никогда."""

import asyncio
import json

from attrs import define, field

from entrypoints.container import Container
from entrypoints.server.turn_share import TurnShare
from tests.support.customers import IVAN
from tests.support.lone_connection import REQUEST, LoneConnection, SlowApp

LARGE = 16 * 1024


@define
class Turns:
    """Кто когда дождался: номера и обороты цикла событий."""

    share: TurnShare = field(factory=TurnShare)
    taken: list[tuple[int, int]] = field(factory=list)
    turn: int = 0

    def bring(self, number: int, size: int) -> None:
        """Приносит порцию."""
        if self.share.has_room(size):
            self._take(number)
        else:
            self.share.wait(size, lambda: self._take(number))

    def _take(self, number: int) -> None:
        self.taken.append((number, self.turn))

    async def pass_by(self, turns: int) -> None:
        for _ in range(turns):
            self.turn += 1
            await asyncio.sleep(0)


def test_one_large_portion_a_turn_in_order_of_arrival() -> None:
    async def brought() -> list[tuple[int, int]]:
        turns = Turns()
        for number in range(4):
            turns.bring(number, LARGE)
        await turns.pass_by(6)
        return turns.taken

    taken = asyncio.run(brought())
    assert [number for number, _ in taken] == [0, 1, 2, 3]
    assert [turn - taken[0][1] for _, turn in taken] == [0, 1, 2, 3]


def test_several_smaller_ones_share_a_turn() -> None:
    async def brought() -> list[tuple[int, int]]:
        turns = Turns()
        for number in range(9):
            turns.bring(number, LARGE // 4)
        await turns.pass_by(4)
        return turns.taken

    turns = [turn for _, turn in asyncio.run(brought())]
    assert [turns.count(turn) for turn in sorted(set(turns))] == [4, 4, 1]


def test_one_who_fails_stops_no_other() -> None:
    def fail() -> None:
        raise RuntimeError("a fault of ours")

    async def brought() -> list[int]:
        reported: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, found: reported.append(found))
        share, taken = TurnShare(), list[int]()
        assert share.has_room(LARGE)
        share.wait(LARGE, fail)
        share.wait(LARGE, lambda: taken.append(1))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(reported) == 1
        return taken

    assert asyncio.run(brought()) == [1]


def request(number: int, filler: int) -> bytes:
    body = json.dumps({**IVAN, "email": f"{number}@example.ru", "x": "y" * filler}).encode()
    head = (
        "POST /register HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def crowded(container: Container) -> LoneConnection:
    """Соединение, чья доля этого оборота уже взята другими."""
    connection = LoneConnection.opened(container)
    assert connection.share.has_room(LARGE)
    return connection


async def _pass(turns: int = 10) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


def test_portions_that_waited_are_answered_in_order(container: Container) -> None:
    async def answered() -> list[bytes]:
        connection = crowded(container)
        sent = request(1, 9000) + request(2, 5000)
        connection.data_received(sent[:10_000])
        assert not connection.deaf.is_reading()
        assert not connection.deaf.sent
        # Пришло, пока прежнее ждёт: транспорт мог отдать и это.
        connection.data_received(sent[10_000:])
        connection.data_received(request(3, 0))
        await _pass()
        await connection.settle()
        assert connection.deaf.is_reading()
        return connection.statuses()

    assert asyncio.run(answered()) == [b"201"] * 3


def test_sender_who_has_ended_is_answered_though_his_portion_waits(container: Container) -> None:
    async def answered() -> list[bytes]:
        connection = crowded(container)
        connection.data_received(request(1, 9000))
        connection.eof_received()
        await _pass()
        await connection.settle()
        return connection.statuses()

    assert asyncio.run(answered()) == [b"201"]


def test_last_answer_is_not_wiped_out_while_a_portion_waits() -> None:
    """Соединение, закрытое, пока отправитель пишет, теряет и ответ (RFC 9112, 9.6)."""

    async def answered() -> LoneConnection:
        app = SlowApp()
        connection = LoneConnection.before(app)
        connection.data_received(REQUEST)
        assert connection.share.has_room(LARGE)
        for _ in range(20):  # и следующие обороты заняты другими
            connection.share.wait(LARGE, lambda: None)
        connection.data_received(request(1, 9000))
        connection.context.is_stopping = True
        app.answer()
        await connection.settle()
        return connection

    connection = asyncio.run(answered())
    assert connection.statuses() == [b"200"]
    assert connection.deaf.has_ended
    assert not connection.deaf.is_closing()


def test_stop_answers_what_waits(container: Container) -> None:
    async def answered() -> list[bytes]:
        connection = crowded(container)
        connection.data_received(request(1, 9000))
        connection.shutdown()
        assert not connection.deaf.is_closing()
        await _pass()
        await connection.settle()
        return connection.statuses()

    assert asyncio.run(answered()) == [b"201"]


def test_waiting_portions_count_as_memory_and_are_forgotten_with_the_connection(
    container: Container,
) -> None:
    async def waiting() -> None:
        connection = crowded(container)
        connection.data_received(request(1, 9000))
        assert connection.held > 9000
        connection.connection_lost(None)
        assert connection.held == 0
        await _pass()
        assert not connection.deaf.sent

    asyncio.run(waiting())


def test_ordinary_registration_never_waits(container: Container) -> None:
    async def answered() -> list[bytes]:
        connection = crowded(container)
        connection.data_received(request(1, 0))
        await connection.settle()
        return connection.statuses()

    assert asyncio.run(answered()) == [b"201"]
