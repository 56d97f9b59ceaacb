"""Сервер NATS с JetStream: настоящий, из пакета Debian, на случайном порту."""

import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import nats
from attrs import define
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StreamConfig

from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.required_programs import required_by_test

USER, PASSWORD = "crm", "p@ss/w:rd"
STREAM, SUBJECT = "CUSTOMERS", "customer.registered"


@define(eq=False)
class RunningNats:
    """Сервер, который можно остановить и запустить снова: хранимое остаётся.

    Attributes:
        port: где он слушает.
    """

    port: int
    _program: str
    _folder: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Узел и порт."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Запускает и ждёт, пока он ответит."""
        with (self._folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 — программа из системы
                [self._program, "-c", self._folder / "nats.conf"], stdout=log, stderr=log
            )
        eventually(self._answers)

    def freeze(self) -> None:
        """Замораживает: для остальных машина застыла."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self._process.pid}/stat")
        # Сигнал доходит до потоков не сразу; состояние идёт за именем в скобках (proc(5)).
        eventually(lambda: stat.read_text().rpartition(") ")[2].startswith("T"))

    def thaw(self) -> None:
        """Размораживает."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Убивает его так, что записать он уже ничего не успеет."""
        assert self._process
        self._process.kill()
        self._process.wait(30)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[JetStreamContext]:
        """Другой клиент того же сервера: заводит потоки и читает их."""
        connection = await nats.connect(
            f"nats://{self.address}", user=USER, password=PASSWORD, allow_reconnect=False
        )
        try:
            yield connection.jetstream()
        finally:
            await connection.close()

    async def create_stream(self, *, most: int = -1) -> None:
        """Заводит поток, который хранит события; лишних сверх ``most`` он не берёт."""
        async with self.client() as client:
            await client.add_stream(
                StreamConfig(STREAM, subjects=[SUBJECT], max_msgs=most, discard=DiscardPolicy.NEW)
            )

    async def stored(self) -> int:
        """Сколько сообщений хранит поток."""
        async with self.client() as client:
            return (await client.stream_info(STREAM)).state.messages

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, (self._folder / "nats.log").read_text()
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", self.port)):
                return False
            return tried.recv(5) == b"INFO "


@contextmanager
def running_nats(folder: Path, *, users: str = "") -> Iterator[RunningNats]:
    """Запускает сервер; в конце убивает его.

    Args:
        folder: где ему хранить потоки.
        users: ещё пользователи, строками его настроек.
    """
    program = required_by_test("nats-server")
    port = free_port()
    (folder / "nats.conf").write_text(
        f'listen: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{folder}" }}\n'
        f'authorization {{ users: [ {{ user: "{USER}", password: "{PASSWORD}" }}\n{users} ] }}\n'
    )
    server = RunningNats(port, program, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
