"""Запросы, присланные вперёд: на каждый один ответ, по порядку, как ни режь байты."""

import asyncio
import re
from itertools import pairwise
from typing import NamedTuple

import pytest
from dependency_injector import providers
from hypothesis import event, given
from hypothesis import strategies as st

from domain.customer import NewCustomer
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.support.intercepted_customers import InterceptedCustomers
from tests.support.lone_connection import TURNS, LoneConnection, turns

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_ANSWER = re.compile(
    rb"HTTP/1\.1 (?P<status>\d{3}) [^\r]*\r\n(?P<head>(?:[^\r]+\r\n)+)\r\n", re.DOTALL
)


class HesitantRepository(InterceptedCustomers):
    """Хранилище, которое отвечает не сразу."""

    async def before(self, customer: NewCustomer) -> NewCustomer:
        if customer.name == "Slow":
            for _ in range(3):
                await asyncio.sleep(0)
        return customer


class Kind(NamedTuple):
    """Запрос известного исхода.

    Attributes:
        start: метод и цель.
        headers: заголовки сверх Host и номера.
        body: тело, уже в обёртке.
        status: чем на него ответят.
        is_last: закроется ли после ответа соединение.
        is_named: повторит ли ответ номер запроса.
    """

    start: bytes
    headers: bytes
    body: bytes
    status: int
    is_last: bool = False
    is_named: bool = True

    def encoded(self, number: int) -> bytes:
        version = b"" if self.start.endswith(b"HTTP/1.0") else b" HTTP/1.1"
        head = b"%b%b\r\nHost: shop\r\nX-Request-ID: n%d\r\n" % (self.start, version, number)
        body = self.body.replace(b"#", b"%04d" % number)
        length = b"Content-Length: %d\r\n" % len(body) if body and self._has_length else b""
        return head + self.headers + length + b"\r\n" + body

    @property
    def _has_length(self) -> bool:
        return b"Transfer-Encoding" not in self.headers

    def closing(self) -> "Kind":
        return self._replace(headers=self.headers + b"Connection: close\r\n", is_last=True)


JSON = b"Content-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n"
IVAN = b'{"name":"Ivan","email":"i#@example.ru"}'
CHUNKS = b"1\r\n{\r\n%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(IVAN) + 2, IVAN[1:])
REGISTER = b"POST /register"

KINDS = {
    "fast": Kind(REGISTER, JSON, IVAN, 201),
    "slow": Kind(REGISTER, JSON, IVAN.replace(b"Ivan", b"Slow"), 201),
    "broken": Kind(REGISTER, JSON, b"{}", 422),
    "chunked": Kind(REGISTER, CHUNKED, CHUNKS, 201),
    "expecting": Kind(REGISTER, JSON + b"Expect: 100-continue\r\n", IVAN, 201),
    "upgrading": Kind(REGISTER, JSON + b"Connection: Upgrade\r\nUpgrade: h2c\r\n", IVAN, 201),
    "health": Kind(b"GET /health", b"", b"", 200),
    "health with a body": Kind(b"GET /health", b"", b"not asked for", 200),
    "health by its full address": Kind(b"GET http://shop/health", b"", b"", 200),
    "head": Kind(b"HEAD /health", b"", b"", 200),
    "absent": Kind(b"GET /nothing", b"", b"", 404),
    "not allowed": Kind(b"DELETE /register", b"", b"", 405),
    "large head": Kind(b"GET /health", b"X: " + b"x" * 9_000 + b"\r\n", b"", 200),
    "large body": Kind(REGISTER, JSON, IVAN + b" " * 9_000, 201),
    "old": Kind(b"GET /health HTTP/1.0", b"", b"", 200, is_last=True),
    "closing": Kind(b"GET /health", b"", b"", 200).closing(),
    "fast and closing": Kind(REGISTER, JSON, IVAN, 201).closing(),
    "no request": Kind(b"\x16\x03", b"", b"", 400, is_last=True, is_named=False),
    "two hosts": Kind(b"GET /health", b"Host: b\r\n", b"", 400, is_last=True),
    "broken chunk": Kind(REGISTER, CHUNKED, b"zz\r\n", 400, is_last=True),
}


class Pipeline(NamedTuple):
    """Что и как шлют.

    Attributes:
        kinds: запросы.
        sent: байты, которые дошли; могут кончиться посреди запроса.
        cuts: где байты разрезаны на порции.
        waits: сколько оборотов цикла проходит перед каждой порцией.
        is_left: уходит ли отправитель совсем, вместо того чтобы ждать ответов.
    """

    kinds: list[Kind]
    sent: bytes
    cuts: list[int]
    waits: list[int]
    is_left: bool


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
    kinds = [KINDS[name] for name in names]
    sent = b"".join(kind.encoded(number) for number, kind in enumerate(kinds))
    if draw(st.booleans()):
        sent = sent[: draw(st.integers(0, len(sent)))]
    cuts = draw(st.lists(st.integers(0, len(sent)), max_size=8))
    waits = draw(st.lists(st.integers(0, 8), min_size=len(cuts) + 1, max_size=len(cuts) + 1))
    return Pipeline(kinds, sent, sorted(cuts), waits, draw(st.booleans()))


async def talked(pipeline: Pipeline) -> LoneConnection:
    """Шлёт порции, когда их читают, закрывает свою сторону и ждёт ответов."""
    container = Container()
    container.settings.override(providers.Object(Settings()))
    container.customers.override(providers.Singleton(HesitantRepository))
    connection = LoneConnection.opened(container)
    bounds = [0, *pipeline.cuts, len(pipeline.sent)]
    for (begin, end), waits in zip(pairwise(bounds), pipeline.waits, strict=True):
        for _ in range(waits):
            await asyncio.sleep(0)
        await read_again(connection)
        if connection.deaf.is_closing():
            break
        if begin < end:
            connection.data_received(pipeline.sent[begin:end])
    if pipeline.is_left:
        connection.deaf.abort()
        connection.connection_lost(ConnectionResetError())
        await connection.settle()
        return connection
    await read_again(connection)
    if not connection.deaf.is_closing() and not connection.eof_received():
        connection.deaf.close()
    if connection.deaf.is_closing():
        connection.connection_lost(None)
    await turns()
    return connection


async def read_again(connection: LoneConnection) -> None:
    """Ждёт, пока соединение станет читать: не дождаться значит, что оно застряло."""
    for _ in range(TURNS):
        if connection.deaf.is_reading() or connection.deaf.is_closing():
            return
        await asyncio.sleep(0)
    raise AssertionError("the connection reads no more, and nothing will change that")


def answers(sent: bytes, kinds: list[Kind]) -> list[tuple[int, str]]:
    """Разбирает ответы: код и номер запроса, который ответ повторил."""
    found = []
    for kind in kinds:
        sent = sent.removeprefix(_CONTINUE)
        answer = _ANSWER.match(sent)
        if answer is None:
            break
        lines = answer["head"].lower().split(b"\r\n")[:-1]
        fields = dict(line.split(b": ", 1) for line in lines)
        is_body_sent = not kind.start.startswith(b"HEAD")
        length = int(fields[b"content-length"]) if is_body_sent else 0
        assert len(sent) >= answer.end() + length
        sent = sent[answer.end() + length :]
        number = fields[b"x-request-id"].decode()
        found.append((int(answer["status"]), number if kind.is_named else ""))
    assert sent in (b"", _CONTINUE)
    return found


def expected_answers(pipeline: Pipeline) -> tuple[list[tuple[int, str]], int]:
    """Говорит, каких ответов ждать, и на сколько из запросов не ответить нельзя."""
    expected: list[tuple[int, str]] = []
    owed = position = 0
    for number, kind in enumerate(pipeline.kinds):
        position += len(kind.encoded(number))
        owed += position <= len(pipeline.sent)
        expected.append((kind.status, f"n{number}" if kind.is_named else ""))
        if kind.is_last:
            break
    return expected, owed


@given(pipeline=pipelines())
def test_every_request_gets_one_answer_in_its_turn(pipeline: Pipeline) -> None:
    connection = asyncio.run(talked(pipeline))
    given = answers(connection.deaf.sent, pipeline.kinds)
    expected, owed = expected_answers(pipeline)
    event(f"answered {len(given)}")
    assert given == expected[: len(given)]
    if not pipeline.is_left:
        assert len(given) >= owed
        assert connection.deaf.is_closing() or connection.deaf.has_ended


@pytest.mark.parametrize("name", KINDS)
def test_answer_known_beforehand_is_given(name: str) -> None:
    kind = KINDS[name]
    sent = kind.encoded(0)
    connection = asyncio.run(talked(Pipeline([kind], sent, [], [0], is_left=False)))
    assert (
        answers(connection.deaf.sent, [kind])
        == expected_answers(Pipeline([kind], sent, [], [0], is_left=False))[0]
    )
