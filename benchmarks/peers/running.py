"""Запуск соперника отдельным процессом на время замера."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from attrs import frozen
from psycopg.conninfo import conninfo_to_dict

from benchmarks.load import free_port
from benchmarks.peers.answers import check_answers

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PYTHON = _ROOT / ".venv-peers" / "bin" / "python"
_START_SECONDS = 30
_STOP_SECONDS = 10
_PAUSE = 0.05


@frozen
class Peer:
    """Соперник.

    Attributes:
        name: название для таблицы.
        command: команда запуска; ``{port}`` в ней — порт, он же в переменной ``PORT``.
        installed: файл, которого нет, пока соперник не установлен.
    """

    name: str
    command: tuple[str, ...]
    installed: Path

    @property
    def is_installed(self) -> bool:
        """Говорит, есть ли чем запустить соперника."""
        return self.installed.exists() and shutil.which(self.command[0]) is not None


class PeerFailedError(Exception):
    """Соперник не запустился; текст — конец его журнала."""


def _python(name: str, module: str) -> Peer:
    # Один процесс и без журнала запросов: как у Fastify, у которого журнал по умолчанию выключен.
    served = f"benchmarks.peers.{module}:app"
    command = (str(_PYTHON), "-m", "uvicorn", served, "--no-access-log", "--port", "{port}")
    return Peer(name, command, _PYTHON)


def _bun() -> Peer:
    # Программа лежит в пакете своей системы; ссылку на неё делает сценарий установки npm, а
    # сценарии не выполняются.
    folder = _HERE / "bun"
    programs = folder.glob("node_modules/@oven/bun-*/bin/bun")
    program = next(programs, folder / "node_modules" / ".bin" / "bun")
    return Peer("Bun.serve + Bun.sql", (str(program), str(folder / "bun_server.js")), program)


BUN = _bun()
_GO = _ROOT / ".venv-peers" / "go-peer"
PEERS = (
    BUN,
    Peer("Go net/http + pgx", (str(_GO),), _GO),
    _python("FastAPI + SQLModel + psycopg2", "fastapi_sqlmodel"),
    _python("FastAPI + async SQLAlchemy + asyncpg", "fastapi_async_sqlalchemy"),
    Peer(
        "Fastify + pg",
        ("node", str(_HERE / "fastify" / "server.js")),
        _HERE / "fastify" / "node_modules",
    ),
    _python("Litestar + asyncpg", "litestar_asyncpg"),
)


def installed() -> list[Peer]:
    """Возвращает соперников, которых есть чем запустить."""
    return [peer for peer in PEERS if peer.is_installed]


def missing() -> list[str]:
    """Называет остальных: отчёт скажет, кого в нём нет."""
    return [peer.name for peer in PEERS if not peer.is_installed]


@contextmanager
def running_peer(peer: Peer, database_url: str, folder: Path) -> Iterator[str]:
    """Запускает соперника, ждёт, пока он ответит, проверяет ответы и в конце останавливает.

    Args:
        peer: кого запустить.
        database_url: адрес libpq базы данных с таблицей сервиса.
        folder: своя пустая папка; в ней остаётся журнал.

    Yields:
        Адрес, где он слушает.

    Raises:
        PeerFailedError: он не ответил за отведённое время или вышел.
        WrongAnswerError: он отвечает не то, что должен: мерить нечего.
    """
    port = free_port()
    log_path = folder / "peer.log"
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(_ROOT),
        "NODE_ENV": "production",
        "DATABASE_URL": _plain(database_url),
        "PORT": str(port),
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 — команда из PEERS
            [part.format(port=port) for part in peer.command],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, log_path)
        check_answers(url)
        yield url
    finally:
        _stop(process)


def _plain(database_url: str) -> str:
    """Оставляет в адресе то, что поймёт любой драйвер: прочие параметры знает одна libpq."""
    given = conninfo_to_dict(database_url)
    secret = f":{quote(str(given['password']), safe='')}" if given.get("password") else ""
    place = urlencode({name: given[name] for name in ("host", "port")}, quote_via=quote, safe="")
    return f"postgresql://{given['user']}{secret}@/{given['dbname']}?{place}"


def _wait(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise PeerFailedError(log_path.read_text(errors="replace")[-2000:])
        time.sleep(_PAUSE)


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/health", timeout=1) as response:
            return bool(response.status == 200)  # noqa: PLR2004 — код ответа
    except (urllib.error.URLError, OSError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Перегруженный соперник может ждать своих соединений сколько угодно.
        process.kill()
        process.wait()
