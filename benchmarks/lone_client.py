"""Клиент с одним соединением; своего времени почти не тратит, потому что библиотеки в нём нет."""

import json
import socket
import time

from attrs import frozen

from tests.support.customers import IVAN

_ANSWER = 4096  # байт: ответ со всеми заголовками вчетверо короче


class UnexpectedAnswerError(Exception):
    """Ответ не тот, которого ждали: мерить нечего."""


@frozen
class LoneClient:
    """Открытое соединение.

    Attributes:
        connection: сокет.
    """

    connection: socket.socket

    def register(self, email: str, *, key: str | None = None, status: int = 201) -> float:
        """Регистрирует покупателя и возвращает, сколько секунд это заняло.

        Raises:
            UnexpectedAnswerError: код ответа другой.
        """
        body = json.dumps({**IVAN, "email": email}).encode()
        head = (
            "POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{'' if key is None else f'Idempotency-Key: {key}\r\n'}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        started = time.perf_counter()
        self.connection.sendall(head.encode() + body)
        answer = self.connection.recv(_ANSWER)
        elapsed = time.perf_counter() - started
        if not answer.startswith(b"HTTP/1.1 %d " % status):
            raise UnexpectedAnswerError(answer[:200])
        return elapsed
