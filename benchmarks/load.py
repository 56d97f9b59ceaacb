"""Чем создаётся нагрузка: wrk для сервиса, pgbench для самого PostgreSQL."""

import json
import os
import re
import socket
import subprocess
import tempfile
import uuid
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.measurement import Sample
from tests.support.required_programs import required

_HERE = Path(__file__).parent
_PGBENCH_INSERT = """
\\set n random(1, 4000000000000000)
INSERT INTO customers
    (name, email, age, gender, country, address, phone, registered_at)
    VALUES ('Ivan Ivanov', 'u' || :n || '.' || :client_id || '@example.ru', 33, 'Male', 'Russia',
            'Russia, Orsk, Molodezhnaya St., 18 apartment 6', '+7(921)345-19-48', now());
"""


def free_port() -> int:
    """Находит свободный порт; занять его надо сразу."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class ExtraHeader(StrEnum):
    """Заголовок, который бывает не у каждого запроса."""

    IDEMPOTENCY_KEY = "Idempotency-Key"
    ORIGIN = "Origin"


def wrk(
    url: str,
    connections: int,
    *,
    seconds: int,
    duplicates: int = 0,
    extra_header: ExtraHeader | None = None,
) -> Sample:
    """Регистрирует покупателей по HTTP.

    Args:
        url: где слушает сервис.
        connections: одновременных соединений.
        seconds: сколько нагружать.
        duplicates: процент повторов одного адреса.
        extra_header: что есть у каждого запроса сверх обычного; ключ у каждого свой.
    """
    variables = {
        "DUPLICATES": str(duplicates),
        "SALT": uuid.uuid4().hex[:8],
        "EXTRA_HEADER": extra_header or "",
    }
    result = subprocess.run(  # noqa: S603 — программа найдена нами, адрес свой
        _wrk_command(url, connections, seconds),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(result.stdout.partition("RESULT ")[2].splitlines()[0])
    answered = said["created"] + (said["taken"] if duplicates else 0)
    wrong = _wrong(said, taken_is_wrong=not duplicates)
    return Sample(
        rate=answered / said["microseconds"] * 1e6,
        latency_p50=said["p50"] / 1000,
        latency_p99=said["p99"] / 1000,
        refused=sum(wrong.values()),
        wrong=wrong,
    )


def _wrk_command(url: str, connections: int, seconds: int) -> list[str]:
    return [
        required("wrk"),
        "--threads=1",
        f"--connections={connections}",
        f"--duration={seconds}s",
        f"--script={_HERE / 'register.lua'}",
        "--timeout=10s",
        f"{url}/register",
    ]


def _wrong(said: dict[str, Any], *, taken_is_wrong: bool) -> dict[str, int]:
    counts: dict[str, int] = dict(said["others"])
    if taken_is_wrong:
        counts["400"] = said["taken"]
    for error in ("connect", "read", "write", "timeout"):
        counts[f"{error} error"] = said[error]
    return {what: times for what, times in counts.items() if times}


def pgbench(program: Path, database_url: str, connections: int, seconds: int) -> Sample:
    """Вставляет такие же строки по одной готовой командой: с этим сравнивается сервис."""
    with tempfile.TemporaryDirectory(prefix="crm-api-pgbench-") as folder:
        result = subprocess.run(  # noqa: S603 — файл из нашей же зависимости
            [
                program,
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={connections}",
                "--jobs=1",
                f"--time={seconds}",
                # Каждая десятая: журнал не должен замедлять того, с кем сравнивают.
                "--log",
                "--sampling-rate=0.1",
                f"--log-prefix={folder}/log",
                "--file=/dev/stdin",
                database_url,
            ],
            input=_PGBENCH_INSERT,
            capture_output=True,
            text=True,
            check=True,
        )
        logged = "".join(path.read_text() for path in Path(folder).iterdir())
    rate = re.search(r"tps = ([\d.]+)", result.stdout)
    if rate is None:
        raise RuntimeError(f"pgbench said something else: {result.stdout}")
    p50, p99 = percentiles(logged)
    return Sample(float(rate[1]), p50, p99, 0)


def percentiles(logged: str) -> tuple[float, float]:
    """Возвращает медиану и 99-й процентиль по журналу pgbench, миллисекунды.

    Время транзакции в микросекундах — третье поле (PostgreSQL, pgbench, «Per-Transaction
    Logging»).
    """
    taken = sorted(int(line.split()[2]) for line in logged.splitlines())
    return taken[len(taken) // 2] / 1000, taken[len(taken) * 99 // 100] / 1000
