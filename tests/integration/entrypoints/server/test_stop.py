"""Остановка: сначала кончается готовность, принятое получает ответ, зависший никого не держит."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.raw_http import (
    IVAN_BODY,
    accepted_request,
    connected,
    head,
    read_to_end,
    status,
)
from tests.support.running_service import Service, running_service


@pytest.fixture
def service(tmp_path: Path, database: str) -> Iterator[Service]:
    with running_service(tmp_path, database_url=database) as service:
        yield service


def test_readiness_fails_first_while_connections_are_still_taken(
    tmp_path: Path, database: str
) -> None:
    with running_service(tmp_path, database_url=database, drain_seconds="4") as service:
        with service.client() as client:
            assert client.get("/health/ready").status_code == 200
        service.process.send_signal(signal.SIGTERM)

        def answer_of_a_new_connection() -> int:
            with service.client() as client:
                return client.get("/health/ready").status_code

        assert eventually(lambda: answer_of_a_new_connection() == 503)
        assert service.process.wait(30) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("first", [None, signal.SIGTERM])
def test_stop_from_a_terminal_waits_for_no_balancer(
    tmp_path: Path, workers: str, server_url: str, first: signal.Signals | None
) -> None:
    with running_service(
        tmp_path,
        database_url=server_url,
        auto_migrate="false",
        workers=workers,
        drain_seconds="300",
    ) as service:
        if first is not None:
            service.process.send_signal(first)
            with service.client() as client:
                assert eventually(lambda: client.get("/health/ready").status_code == 503)
        os.killpg(service.process.pid, signal.SIGINT)  # так шлёт терминал
        service.process.wait(30)


def test_request_that_was_accepted_is_answered(service: Service) -> None:
    with closing(accepted_request(service.url)) as link:
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: "Shutting down" in service.log)
        link.sendall(IVAN_BODY)
        assert status(read_to_end(link)) == 201
    assert service.process.wait(30) == 0


@contextmanager
def standing_still(service: Service) -> Iterator[None]:
    """Останавливает все процессы сервиса: соединяется с ними одно ядро."""
    os.killpg(service.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(service.process.pid, signal.SIGCONT)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_crowd_that_is_connected_but_not_yet_accepted_is_answered(
    tmp_path: Path, server_url: str, workers: str
) -> None:
    whole = head("Host: shop.example", start="GET /health HTTP/1.1")
    with (
        running_service(
            tmp_path, database_url=server_url, auto_migrate="false", workers=workers
        ) as service,
        ExitStack() as stack,
    ):
        with standing_still(service):
            links = [stack.enter_context(closing(connected(service.url))) for _ in range(500)]
            for link in links:
                link.sendall(whole)
            service.process.send_signal(signal.SIGTERM)
        assert {status(read_to_end(link)) for link in links} == {200}
        assert service.process.wait(30) == 0


def test_head_of_which_half_has_arrived_is_answered(service: Service) -> None:
    whole = head("Host: shop.example", start="GET /health HTTP/1.1")
    with closing(connected(service.url)) as link, closing(connected(service.url)) as idle:
        link.sendall(whole[:20])
        idle.sendall(whole + whole[:9])
        assert idle.recv(100_000).startswith(b"HTTP/1.1 200")
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: "Shutting down" in service.log)
        link.sendall(whole[20:])
        idle.sendall(whole[9:])
        for answer in (read_to_end(link), read_to_end(idle)):
            assert status(answer) == 200
            assert b"\r\nconnection: close\r\n" in answer.lower()
    assert service.process.wait(30) == 0


@pytest.mark.parametrize("start", ["GET /health HTTP/1.1", "POST /register HTTP/1.1"])
def test_first_answer_after_the_signal_says_that_it_is_the_last(
    tmp_path: Path, database: str, start: str
) -> None:
    lines = ["Host: shop.example", "Content-Type: application/json", "Content-Length: 2"]
    with running_service(tmp_path, database_url=database, drain_seconds="30") as service:
        with closing(connected(service.url)) as link:
            link.sendall(head(*lines, start=start) + b"{}")
            assert b"\r\nconnection: close\r\n" not in link.recv(100_000).lower()
            service.process.send_signal(signal.SIGTERM)
            with service.client() as client:
                assert eventually(lambda: client.get("/health/ready").status_code == 503)
            link.sendall(head(*lines, start=start) + b"{}")
            assert b"\r\nconnection: close\r\n" in read_to_end(link).lower()
        service.process.kill()


def test_client_that_hangs_does_not_hold_the_stop(service: Service) -> None:
    with closing(accepted_request(service.url)):
        service.process.send_signal(signal.SIGTERM)
        # Отсрочка (10 с), секунда сверх неё и запас на занятую машину.
        assert service.process.wait(20) == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signals_that_come_all_at_once_stop_it_too(
    tmp_path: Path, server_url: str, workers: str
) -> None:
    with running_service(
        tmp_path, database_url=server_url, auto_migrate="false", workers=workers
    ) as service:
        for _ in range(200):
            service.process.send_signal(signal.SIGHUP)
            service.process.send_signal(signal.SIGTERM)
            service.process.send_signal(signal.SIGINT)
        # Код выхода не важен: часть сигналов застаёт уже конец самого Python.
        service.process.wait(20)
