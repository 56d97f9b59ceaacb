"""Сервис, который считает вызовы Python на пути одной регистрации; запускается как обычно.

Единственный аргумент — файл, куда записать счёт: список словарей «файл кода — число вызовов», по
словарю на регистрацию.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path
from types import CodeType

from benchmarks.load import free_port
from benchmarks.lone_client import LoneClient
from entrypoints.service import run_service

_WARM_UP = 300  # регистраций: команда готова, буферы и счётчики созданы
_COUNTED = 200
_QUIET = 0.005  # секунд без единого вызова: всё, что делается после ответа, сделано
_START_SECONDS = 60
_EVENTS = sys.monitoring.events


class CallCounter:
    """Считает вызовы функций Python в том потоке, где создан.

    Как у ``sys.setprofile``, продолжение корутины — тоже вызов (документация Python,
    ``sys.monitoring``, PY_START и PY_RESUME).
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._calls: Counter[CodeType] = Counter()

    def start(self) -> None:
        """Начинает считать."""
        tool = sys.monitoring.PROFILER_ID
        sys.monitoring.use_tool_id(tool, __name__)
        sys.monitoring.register_callback(tool, _EVENTS.PY_START, self._called)
        sys.monitoring.register_callback(tool, _EVENTS.PY_RESUME, self._called)
        sys.monitoring.set_events(tool, _EVENTS.PY_START | _EVENTS.PY_RESUME)

    def _called(self, code: CodeType, offset: int) -> None:
        del offset
        if threading.get_ident() == self._thread:
            self._calls[code] += 1

    def taken(self) -> dict[str, int]:
        """Ждёт, пока вызовы кончатся, отдаёт счёт по файлам и начинает его заново."""
        before = -1
        while before != (now := self._calls.total()):
            before = now
            time.sleep(_QUIET)
        calls, self._calls = self._calls, Counter()
        files: Counter[str] = Counter()
        for code, times in calls.items():
            files[code.co_filename] += times
        return dict(files)


def _count(counter: CallCounter, port: int) -> list[dict[str, int]]:
    """Регистрирует по одному соединению и считает вызовы каждой регистрации."""
    salt = uuid.uuid4().hex[:8]
    with closing(_connected(port)) as connection:
        client = LoneClient(connection)
        for number in range(_WARM_UP):
            client.register(f"{salt}.{number:06}@example.ru")
        counter.start()
        counter.taken()
        counts = []
        for number in range(_WARM_UP, _WARM_UP + _COUNTED):
            client.register(f"{salt}.{number:06}@example.ru")
            counts.append(counter.taken())
        return counts


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_QUIET)


def _main(result: Path) -> None:
    counter = CallCounter()
    port = free_port()
    os.environ["CRM_PORT"] = str(port)

    def drive() -> None:
        try:
            result.write_text(json.dumps(_count(counter, port)))
        except ConnectionError:
            return  # сервис кончился сам; почему, он сейчас и скажет
        except Exception:  # noqa: BLE001 — о чём угодно скажет журнал, а сервис остановится
            traceback.print_exc()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=drive, daemon=True).start()
    run_service()


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
