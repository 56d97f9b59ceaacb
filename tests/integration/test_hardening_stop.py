"""Остановка: готовность кончается первой, принятому отвечают, дольше срока не ждут никого."""

import signal
import socket
import time

from tests.eventually import eventually
from tests.integration.limited_service import limited_service, read_answer

HEALTH = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
POST = (
    b"POST /register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 41\r\nExpect: 100-continue\r\n\r\n"
)
BODY = b'{"name": "Ivan", "email": "ivan@test.ru"}'


def test_hanging_client_does_not_hold_the_stop_longer_than_its_grace() -> None:
    with limited_service(grace=1, request=60) as service, service.connect() as hanging:
        hanging.sendall(POST)
        assert hanging.recv(100).startswith(b"HTTP/1.1 100")
        begun = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        assert time.monotonic() - begun < 1 + 1 + 1  # секунда — на занятую машину


def test_idle_connections_do_not_hold_the_stop() -> None:
    with limited_service(grace=60) as service, service.connect() as idle:
        idle.sendall(HEALTH)
        read_answer(idle)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0


def test_accepted_request_is_answered() -> None:
    with limited_service() as service, service.connect() as link:
        link.sendall(POST)
        assert link.recv(100).startswith(b"HTTP/1.1 100")
        service.process.send_signal(signal.SIGTERM)
        eventually(lambda: is_refused(service.port))
        link.sendall(BODY)
        assert read_answer(link).startswith(b"HTTP/1.1 201")
        assert service.process.wait(20) == 0


def is_refused(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) != 0


def test_drained_service_answers_and_asks_to_go_elsewhere() -> None:
    with limited_service(drain=60) as service:
        service.process.send_signal(signal.SIGTERM)

        def is_draining() -> bool:
            with service.connect() as link:
                link.sendall(HEALTH)
                return b"connection: close\r\n" in read_answer(link)

        assert eventually(is_draining, seconds=10)
        assert service.process.poll() is None
