"""Толпа: тысячи клиентов одного процесса, которые не читают ответов или шлют по байту.

``python -m tests.attack.crowd PORT DEAF SLOW BODIES SECONDS`` нападает на 127.0.0.1 столько секунд;
стандартный ввод закрыли — кончает раньше. Потерявший соединение открывает новое.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from attrs import define

from benchmarks.expensive_bodies import bodies
from entrypoints.server.open_files import raise_open_files_limit

_HOST = "127.0.0.1"
_PAGE = b"GET /docs/swagger_bundle.js HTTP/1.1\r\nHost: shop.example\r\n\r\n"
_PIPELINE = 60
_DRIP = 2.0  # секунд между байтами медленного: с пределом запроса он успевает прислать несколько
_HEAD = b"POST /register HTTP/1.1\r\nHost: shop.example\r\nX-Slow: " + b"a" * 1000
_MOST_OPENED = 500  # соединений за оборот: открывать их быстрее значит мерить себя
_RETURNS = 5.0  # секунд: через столько потерявший соединение приходит снова
_PAUSE = 1.0  # секунд между залпами дорогих тел
_WORST = "29 marks after each letter"


@define(eq=False)
class Client:
    """Один нападающий.

    Attributes:
        link: его соединение; ``None`` — ещё не открыто.
        due: когда ему снова есть что делать.
    """

    is_deaf: bool
    link: socket.socket | None = None
    due: float = 0.0
    sent: int = 0

    def open(self, port: int) -> None:
        """Соединяется и посылает первое."""
        self.link = socket.socket()
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.link.settimeout(0)
        self.link.connect_ex((_HOST, port))
        self.sent = 0

    def act(self, now: float) -> None:
        """Посылает очередное; ответов не читает никогда.

        Raises:
            OSError: соединения больше нет.
        """
        assert self.link is not None
        if self.is_deaf:
            if not self.sent:
                self.link.send(_PAGE * _PIPELINE)
            elif self.link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise ConnectionResetError
            self.due = now + 0.5
        else:
            self.link.send(_HEAD[self.sent : self.sent + 1])
            self.due = now + _DRIP
        self.sent += 1

    def close(self) -> None:
        """Бросает соединение."""
        if self.link is not None:
            self.link.close()
        self.link = None


def attack(port: int, clients: list[Client], is_over: Callable[[], bool]) -> None:
    """Держит всех нападающих соединёнными."""
    while not is_over():
        now = time.monotonic()
        opened = 0
        for client in clients:
            if client.link is None:
                if opened == _MOST_OPENED or now < client.due:
                    continue
                client.open(port)
                client.due = now + 0.05
                opened += 1
            elif now >= client.due:
                try:
                    client.act(now)
                except BlockingIOError:
                    client.due = now + 0.5
                except OSError:
                    client.close()
                    client.due = now + _RETURNS
        time.sleep(0.05)
    for client in clients:
        client.close()


def volley(port: int, count: int, is_over: Callable[[], bool]) -> None:
    """Раз за разом посылает ``count`` самых дорогих тел разом и забирает ответы."""
    [body] = [body for title, body in bodies() if title.endswith(_WORST)]
    head = (
        "POST /register HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    while not is_over():
        with selectors.DefaultSelector() as waiting:
            for _ in range(count):
                with suppress(OSError):
                    link = socket.create_connection((_HOST, port), timeout=5)
                    link.sendall(head.encode() + body)
                    waiting.register(link, selectors.EVENT_READ)
            until = time.monotonic() + _PAUSE
            while waiting.get_map() and time.monotonic() < until:
                for key, _ in waiting.select(_PAUSE):
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]  # сокеты здесь только наши
            for key in list(waiting.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
        time.sleep(max(0.0, until - time.monotonic()))


def main() -> None:
    """Нападает, пока велено."""
    port, deaf, slow, count, seconds = map(int, sys.argv[1:])
    raise_open_files_limit()
    until = time.monotonic() + seconds
    is_told = False

    def wait_for_the_end() -> None:
        nonlocal is_told
        sys.stdin.read()
        is_told = True

    Thread(target=wait_for_the_end, daemon=True).start()

    def is_over() -> bool:
        return is_told or time.monotonic() >= until

    shooting = Thread(target=volley, args=(port, count, is_over))
    shooting.start()
    attack(port, [Client(is_deaf=number < deaf) for number in range(deaf + slow)], is_over)
    shooting.join()


if __name__ == "__main__":
    main()
