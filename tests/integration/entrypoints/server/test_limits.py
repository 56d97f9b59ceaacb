"""Пределы соединения на настоящем сервере, чьи сроки укорочены."""

import select
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import orjson
import pytest

from tests.support.eventually import eventually
from tests.support.limited_service import (
    LimitedService,
    limited_service,
    read_all,
    read_answer,
)

HOST = b"Host: a\r\n"
GET = b"GET /health HTTP/1.1\r\n"
HEALTH = GET + HOST + b"\r\n"
POST = b"POST /register HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[LimitedService]:
    with limited_service(silence=0.5, idle=1, answer=1, linger=0.5) as service:
        yield service


@pytest.mark.parametrize(
    "begun",
    [
        CHUNKED + b"3;",
        CHUNKED + b"0\r\nX: ",
        CHUNKED.replace(b"/register", b"/health") + b"0\r\nX: ",
    ],
    ids=["chunk extension", "trailer", "trailer after the answer"],
)
def test_framing_without_an_end_is_cut_off(service: LimitedService, begun: bytes) -> None:
    with service.connect() as link:
        link.sendall(begun)

        def is_closed() -> bool:
            try:
                link.sendall(b"a" * 10_000)
            except OSError:
                return True
            return False

        assert eventually(is_closed, seconds=8)  # меньше срока всего запроса


def test_idle_connection_is_closed_without_a_word(service: LimitedService) -> None:
    with service.connect() as link:
        link.sendall(HEALTH)
        assert read_answer(link).startswith(b"HTTP/1.1 200")
        assert read_all(link) == b""


def test_reader_that_never_reads_is_closed(service: LimitedService) -> None:
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", service.port))
        link.settimeout(0.2)

        def is_cut() -> bool:
            try:
                link.sendall(HEALTH * 1000)
            except TimeoutError:
                return False
            except OSError:
                return True
            return False

        assert eventually(is_cut, seconds=15)


def test_where_files_run_out_those_who_wait_longest_make_room() -> None:
    with limited_service(files=296) as service, ExitStack() as stack:
        kept = stack.enter_context(service.connect())
        for _ in range(300):
            stack.enter_context(service.connect())
            with service.connect() as honest:
                for link in (honest, kept):
                    link.sendall(HEALTH)
                    assert read_answer(link).startswith(b"HTTP/1.1 200")


def test_readers_that_never_read_make_room_too() -> None:
    with limited_service(files=296) as service, ExitStack() as stack:
        for _ in range(100):
            link = stack.enter_context(socket.socket())
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.connect(("127.0.0.1", service.port))
            link.sendall((b"GET /docs/swagger_bundle.js HTTP/1.1\r\n" + HOST + b"\r\n") * 20)
        with service.connect() as honest:
            honest.sendall(HEALTH)
            assert read_answer(honest).startswith(b"HTTP/1.1 200")


def test_those_who_read_nothing_give_way_beyond_the_budget_and_others_are_answered() -> None:
    with limited_service(held=512 * 1024) as service, ExitStack() as stack:
        watch = select.poll()
        for _ in range(20):
            link = stack.enter_context(socket.socket())
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            link.connect(("127.0.0.1", service.port))
            link.sendall((b"GET /docs/swagger_bundle.js HTTP/1.1\r\n" + HOST + b"\r\n") * 20)
            watch.register(link, 0)  # о разрыве скажут и без чтения
        # За каждым порция файла и полтора десятка запросов: под такой предел их входит немного.
        assert eventually(lambda: len(watch.poll(0)) >= 10, seconds=15)
        with service.connect() as honest:
            honest.sendall(HEALTH)
            assert read_answer(honest).startswith(b"HTTP/1.1 200")
        assert len(watch.poll(0)) < 20


def test_sender_of_too_much_reads_all_answers_up_to_the_refusal() -> None:
    page = b"GET /docs/swagger_bundle.js HTTP/1.1\r\n" + HOST + b"\r\n"
    # Сроки не укорочены: на занятой машине читатель медлит.
    with limited_service() as service, service.connect() as link:
        link.settimeout(0)
        sent = memoryview(page + HEALTH * 30_000)
        with suppress(BlockingIOError):
            while sent:
                sent = sent[link.send(sent) :]
        link.settimeout(15)
        answer = read_all(link)
    _, _, refusal = answer.rpartition(b"\r\n\r\n")
    assert orjson.loads(refusal)["type"] == "/problems/bad_request"
    assert len(answer) > 1_000_000


@pytest.mark.parametrize("unfinished", [GET, CHUNKED, POST + b"Content-Length: 9\r\n\r\n"])
def test_sender_who_stops_in_the_middle_gets_what_he_is_owed_and_the_end(
    service: LimitedService, unfinished: bytes
) -> None:
    with service.connect() as link:
        link.settimeout(5)  # меньше срока запроса
        link.sendall(HEALTH + unfinished)
        link.shutdown(socket.SHUT_WR)
        answer = read_all(link)
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.startswith(b"HTTP/1.1 200")


def test_hundreds_of_requests_at_once_are_cut_off(service: LimitedService) -> None:
    answer = service.ask(HEALTH * 500)
    assert 1 <= answer.count(b"HTTP/1.1 200") <= 66
    assert answer.count(b"HTTP/1.1 400") == 1


def test_sender_who_still_writes_can_read_the_refusal(service: LimitedService) -> None:
    with service.connect() as link:
        link.sendall(GET + HOST + b"X: " + b"a" * 20_000)
        select.select([link], [], [], 15)
        for _ in range(5):
            link.sendall(b"a" * 100_000)
        assert read_all(link).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
def test_sender_of_a_huge_body_in_small_chunks_reads_the_refusal(
    service: LimitedService, connection: bytes
) -> None:
    with service.connect() as link:
        link.sendall(CHUNKED[:-2] + b"Connection: " + connection + b"\r\n\r\n")
        for _ in range(2 * 1024 * 1024 // 100):
            link.sendall(b"64\r\n" + b"a" * 100 + b"\r\n")
        link.sendall(b"0\r\n\r\n")
        answer = read_all(link)
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.count(b"HTTP/1.1") == 1


def test_sender_who_leaves_in_the_middle_of_a_request_is_let_go(service: LimitedService) -> None:
    for begun in (GET, CHUNKED + b"3\r\nabc\r\n"):
        with service.connect() as link:
            link.sendall(begun)
            link.shutdown(socket.SHUT_WR)
            assert read_all(link) == b""


def test_hanging_client_is_cut_when_the_grace_is_over() -> None:
    with limited_service(grace=1, request=60) as hurried, hurried.connect() as hanging:
        hanging.sendall(POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        assert hanging.recv(100).startswith(b"HTTP/1.1 100")
        hurried.process.send_signal(signal.SIGTERM)
        assert hurried.process.wait(10) == 0


def test_idle_connection_does_not_hold_the_stop() -> None:
    with limited_service(grace=60) as patient, patient.connect() as idle:
        idle.sendall(HEALTH)
        read_answer(idle)
        patient.process.send_signal(signal.SIGTERM)
        assert patient.process.wait(20) == 0


@pytest.mark.parametrize("is_listening", [False, True], ids=["absent", "silent"])
def test_collector_of_traces_does_not_hold_the_stop(
    monkeypatch: pytest.MonkeyPatch, *, is_listening: bool
) -> None:
    with socket.socket() as collector:
        collector.bind(("127.0.0.1", 0))
        if is_listening:
            collector.listen()
        port = collector.getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "60")
        with limited_service(grace=1, request=60) as traced, traced.connect() as hanging:
            hanging.sendall(POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
            assert hanging.recv(100).startswith(b"HTTP/1.1 100")
            assert traced.ask(GET + HOST + END).startswith(b"HTTP/1.1 200")
            traced.process.send_signal(signal.SIGTERM)
            assert traced.process.wait(10) == 0
