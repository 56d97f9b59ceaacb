"""Перезапуск двух процессов за каждым прокси; таблица Markdown: запросов, сломано, послано дважды.

После нагрузки проверяются ответы самого прокси и то, что сказано в его файле о
``CRM_OPERATIONS_PORT``. Аргументы — имена прокси; без них идут все. Код выхода 1, если за HAProxy
или nginx сломался хотя бы один запрос или хоть один, за кем бы то ни было, записан дважды.
"""

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from attrs import define, field, frozen

from adapters.postgres.embedded import embedded_postgres
from entrypoints.database_url import IN_MEMORY
from tests.proxies.own_answers import (
    check_apart,
    check_beside_a_service,
    check_limits,
    check_without_a_service,
)
from tests.proxies.proxies import PROXIES, Proxy, running_proxy
from tests.proxies.shop_load import ShopLoad, running_load
from tests.support.eventually import eventually
from tests.support.free_port import free_port
from tests.support.required_programs import ToolMissingError
from tests.support.running_service import Service, running_service
from tests.support.said import say

_DRAIN = "5"  # то, что и без настройки
_FLOW = 500  # столько новых ответов значит: работа идёт
_UNBROKEN = {"HAProxy", "nginx"}
_LIMITING = {"nginx"}
_WAIT = 120.0


@frozen
class Outcome:
    """Итог прогона.

    Attributes:
        proxy: за кем.
        requests: сколько запросов послал магазин.
        broken: на сколько ответа не было или он не 201.
        twice: сколько из них сервис получил ещё раз.
        kinds: чем ответили сломанным.
    """

    proxy: str
    requests: int
    broken: int
    twice: int
    kinds: str


@define
class Instance:
    """Процесс сервиса на своём порту; переживает перезапуск.

    Attributes:
        folder: папка для журналов.
        port: порт.
        database: адрес базы данных.
        received: номера запросов, на которые ответили прежние его запуски.
    """

    folder: Path
    port: int
    database: str
    received: list[str] = field(factory=list)
    _starts: int = 0
    _stack: ExitStack = field(factory=ExitStack)
    _service: Service | None = None

    def start(self) -> None:
        """Запускает и ждёт ответа."""
        self._starts += 1
        folder = self.folder / f"{self.port}-{self._starts}"
        folder.mkdir()
        self._service = self._stack.enter_context(
            running_service(
                folder,
                port=str(self.port),
                database_url=self.database,
                drain_seconds=_DRAIN,
                log_sql="false",
            )
        )

    def stop(self) -> None:
        """Останавливает, как система: SIGTERM; неработающего не трогает."""
        if self._service is None:
            return
        assert self._service.stop() == 0
        self.received += self.answered
        self._stack.close()
        self._service = None

    @property
    def answered(self) -> list[str]:
        """Номера регистраций, на которые ответил нынешний запуск."""
        log = self._service.log if self._service else ""
        lines = [json.loads(line) for line in log.splitlines() if "POST /register " in line]
        return [line["request_id"] for line in lines]

    def is_busy(self) -> bool:
        """Посылает ли ему прокси."""
        return len(self.answered) > _FLOW / 10


def main() -> None:
    """Проводит прогоны и печатает таблицу."""
    chosen = [proxy for proxy in PROXIES if not sys.argv[1:] or proxy.name in sys.argv[1:]]
    say("| proxy | requests | broken | sent twice | the broken ones |\n|---|---:|---:|---:|---|")
    failed = False
    with tempfile.TemporaryDirectory(prefix="crm-api-proxies-") as name:
        root = Path(name)
        root.chmod(0o755)  # в неё входят учётные записи прокси и PostgreSQL
        for proxy in chosen:
            folder = root / proxy.name
            folder.mkdir()
            outcome = _tried(proxy, folder)
            shutil.rmtree(folder)
            say(
                f"| {outcome.proxy} | {outcome.requests} | {outcome.broken} | {outcome.twice}"
                f" | {outcome.kinds} |"
            )
            failed |= bool(outcome.twice or (outcome.broken and proxy.name in _UNBROKEN))
    sys.exit(failed)


def _tried(proxy: Proxy, folder: Path) -> Outcome:
    with embedded_postgres(folder / "data") as server, ExitStack() as stack:
        ports = [free_port() for _ in range(3)]
        instances = [Instance(folder, port, server.url) for port in ports[:2]]
        for instance in instances:
            instance.start()
            stack.callback(instance.stop)
        front = dict(zip((3001, 3002, 8080), ports, strict=True))
        with running_proxy(proxy, folder, front) as url, running_load(url) as load:
            _wait_for_flow(load)
            for instance in instances:
                instance.stop()
                _wait_for_flow(load)
                instance.start()
                # Прокси снова посылает ему: только тогда можно останавливать другого.
                eventually(instance.is_busy, seconds=_WAIT)
            _wait_for_flow(load)
        _check_own_answers(proxy, folder, front, instances)
        _check_operations_port(proxy, folder)
        broken = {kind: number for kind, number in load.outcomes.items() if kind != "201"}
        received = Counter(one for each in instances for one in each.received + each.answered)
        return Outcome(
            proxy.name,
            load.requests,
            sum(broken.values()),
            sum(times - 1 for times in received.values()),
            ", ".join(f"{number} × {kind}" for kind, number in broken.items()) or "–",
        )


def _check_own_answers(
    proxy: Proxy, folder: Path, front: Mapping[int, int], instances: Sequence[Instance]
) -> None:
    with running_proxy(proxy, folder, front, is_limited=True) as url:
        check_beside_a_service(url)
        if proxy.name in _LIMITING:
            check_limits(url)
        for instance in instances:
            instance.stop()
        check_without_a_service(url)


def _check_operations_port(proxy: Proxy, folder: Path) -> None:
    front = {port: free_port() for port in (3001, 3002, 3003, 3004, 8080)}
    with ExitStack() as stack:
        for port, operations_port in ((3001, 3003), (3002, 3004)):
            own = folder / f"apart-{port}"
            own.mkdir()
            stack.enter_context(
                running_service(
                    own,
                    port=str(front[port]),
                    operations_port=str(front[operations_port]),
                    database_url=IN_MEMORY,
                )
            )
        check_apart(stack.enter_context(running_proxy(proxy, folder, front, is_apart=True)))


def _wait_for_flow(load: ShopLoad) -> None:
    goal = load.requests + _FLOW
    eventually(lambda: load.requests >= goal, seconds=_WAIT)


if __name__ == "__main__":
    try:
        main()
    except ToolMissingError as error:
        sys.exit(str(error))
