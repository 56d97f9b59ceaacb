"""Работа сервиса глазами оператора: замеры нескольких процессов, номера в журнале, готовность."""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.opentelemetry import exported_traces
from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.embedded.folders import Folders
from tests.support.customers import IVAN
from tests.support.embedded_server import server_pid
from tests.support.eventually import eventually
from tests.support.running_service import Service, running_service
from tests.support.sessions import service_sessions


def metrics(client: httpx2.Client) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def workers_of(service: Service) -> list[int]:
    """Номера рабочих процессов, которые сказали, что начали."""
    return [int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", service.log)]


def register(service: Service, numbers: range) -> None:
    """Регистрирует покупателей, каждого по новому соединению: достаются они всем процессам."""

    def one(number: int) -> None:
        with service.client() as client:
            body = {**IVAN, "email": f"{number}@example.ru"}
            assert client.post("/register", json=body).status_code == 201

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, numbers))


def test_metrics_are_the_sum_over_workers_also_after_one_was_killed(
    tmp_path: Path, database: str
) -> None:
    registered = ("crm_registrations_total", "registered")
    size = ("crm_batch_size_sum",)
    idle = ("crm_database_connections", "idle")
    with (
        running_service(tmp_path, database_url=database, workers="2") as service,
        service.client() as client,
    ):
        eventually(lambda: len(workers_of(service)) == 2)
        register(service, range(60))
        assert metrics(client)[registered] == 60
        eventually(lambda: metrics(client)[size] == 60)  # пачку учитывают после ответов
        eventually(lambda: metrics(client)[idle] == writing_connections(database))
        os.kill(workers_of(service)[0], signal.SIGKILL)
        eventually(lambda: len(workers_of(service)) == 3)
    with (
        running_service(tmp_path, database_url=database, workers="2") as service,
        service.client() as client,
    ):
        assert metrics(client)[registered] == 0


def writing_connections(database: str) -> int:
    """Соединения сервиса, кроме проверок готовности, которых в этом тесте нет."""
    return len(service_sessions(database))


def test_killed_worker_keeps_its_counts_and_loses_its_connections(
    tmp_path: Path, database: str
) -> None:
    with running_service(tmp_path, database_url=database, workers="2") as service:
        eventually(lambda: len(workers_of(service)) == 2)
        register(service, range(40))
        for pid in workers_of(service):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(workers_of(service)) == 4)

        def after() -> dict[tuple[str, ...], float]:
            try:
                with service.client() as client:
                    return metrics(client)
            except httpx2.TransportError:  # соединение досталось тому, кого не стало
                return {}

        found = eventually(after)
        assert found["crm_registrations_total", "registered"] == 40
        eventually(lambda: after().get(("crm_database_connections", "idle")) == 0)


def test_folder_of_metrics_is_private_and_removed(tmp_path: Path, database: str) -> None:
    with running_service(tmp_path, database_url=database, workers="2") as service:
        eventually(lambda: len(workers_of(service)) == 2)
        variables = Path(f"/proc/{workers_of(service)[0]}/environ").read_bytes().split(b"\0")
        prefix = b"PROMETHEUS_MULTIPROC_DIR="
        (found,) = (one for one in variables if one.startswith(prefix))
        folder = Path(found.removeprefix(prefix).decode())
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "is_there"),
    [
        ("PROMETHEUS_MULTIPROC_DIR", False),
        ("PROMETHEUS_MULTIPROC_DIR", True),
        ("prometheus_multiproc_dir", True),
    ],
)
def test_folder_of_metrics_of_another_program_is_not_used(
    tmp_path: Path, database: str, name: str, *, is_there: bool
) -> None:
    foreign = tmp_path / "foreign"
    if is_there:
        foreign.mkdir()
    running = running_service(tmp_path, prefix=("env", f"{name}={foreign}"), database_url=database)
    with running as service, service.client() as client:
        assert client.post("/register", json=IVAN).status_code == 201
        assert metrics(client)["crm_registrations_total", "registered"] == 1
    assert "Traceback" not in service.log
    assert not foreign.exists() or not list(foreign.iterdir())


def test_request_id_leads_to_the_statement_that_served_it(tmp_path: Path, database: str) -> None:
    with (
        running_service(tmp_path, database_url=database, log_format="json") as service,
        service.client() as client,
    ):
        headers = {"X-Request-ID": "from-the-shop"}
        assert client.post("/register", json=IVAN, headers=headers).status_code == 201
        client.post("/register", json=IVAN, headers={"X-Request-ID": "another"})
    lines = [json.loads(line) for line in service.log.splitlines()]
    mine = [line for line in lines if "from-the-shop" in line.get("request_ids", ())]
    assert any("INSERT INTO customers" in line["event"] for line in mine)
    assert all("another" not in line["request_ids"] for line in mine)
    (request,) = (line for line in lines if line.get("request_id") == "from-the-shop")
    assert request["event"].startswith("POST /register 201")


def test_database_errors_are_counted_by_sqlstate(tmp_path: Path, database: str) -> None:
    with (
        running_service(tmp_path, database_url=database) as service,
        service.client() as client,
    ):
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("ALTER TABLE customers RENAME TO clients")
        assert client.post("/register", json=IVAN).status_code == 500
        found = metrics(client)
    assert found["crm_database_errors_total", "42P01"] == 1
    assert found["crm_registrations_total", "failed"] == 1


def readiness(client: httpx2.Client) -> int:
    answer = client.get("/health/ready")
    assert answer.status_code == 200 or int(answer.headers["retry-after"]) > 0
    return answer.status_code


@pytest.mark.parametrize("workers", ["1", "2"])
def test_readiness_follows_a_stopped_and_a_frozen_server(
    tmp_path: Path, data_root: Path, workers: str
) -> None:
    data_dir = data_root / f"readiness-{workers}"
    with ExitStack() as stack:
        with embedded_postgres(data_dir) as server:
            running = running_service(tmp_path, database_url=server.url, workers=workers)
            service = stack.enter_context(running)
            client = stack.enter_context(service.client(timeout=3))
            assert readiness(client) == 200
            pid = server_pid(Folders(data_dir))
            backends = [pid, *children(pid)]
            for process in backends:
                os.kill(process, signal.SIGSTOP)
            try:
                eventually(lambda: readiness(client) == 503)
                assert client.get("/health").status_code == 200
            finally:
                for process in backends:
                    os.kill(process, signal.SIGCONT)
            eventually(lambda: readiness(client) == 200)
        eventually(lambda: readiness(client) == 503)
        with embedded_postgres(data_dir):
            eventually(lambda: readiness(client) == 200)


def children(pid: int) -> list[int]:
    """Процессы, которых запустил этот: сервер и его процессы запустил тест."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_last_traces_are_sent_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        with exported_traces() as provider:
            provider.get_tracer("tests").start_span("last").end()
        server.shutdown()
        thread.join()
    assert asked == ["/v1/traces"]
