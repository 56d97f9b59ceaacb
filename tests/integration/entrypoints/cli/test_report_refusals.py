"""``crm-api report``: отказы, которые сосчитал Prometheus."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.crm import Crm
from tests.support.customers import IVAN
from tests.support.eventually import eventually
from tests.support.prometheus_server import running_prometheus
from tests.support.running_service import running_service


@contextmanager
def prometheus(status: int, answer: bytes) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Отвечает за Prometheus и помнит, о чём спросили."""
    asked = []

    class Prometheus(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(parse_qs(urlsplit(self.path).query))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Prometheus) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def result(code: str, value: str) -> dict[str, object]:
    return {"metric": {"code": code}, "value": [1780000000.0, value]}


def test_refusals_are_those_that_prometheus_counted(crm: Crm, database: str) -> None:
    found = [result("email_taken", "2.9"), result("invalid_customer", "7.1"), result("a", "0")]
    answer = json.dumps({"status": "success", "data": {"result": found}}).encode()
    with prometheus(200, answer) as (url, asked):
        done = crm(
            database, "report", "--by=day", "--until=2026-02-01", "--json", CRM_PROMETHEUS_URL=url
        )
        assert crm(database, "report", f"--prometheus={url}/").stdout.count("invalid_customer") == 1
    assert json.loads(done.stdout)["refused"] == {
        "since": "2026-01-03",
        "until": "2026-02-01",
        "codes": {"invalid_customer": 7, "email_taken": 3},
    }
    (query,) = asked[0]["query"]
    assert query == "sum by (code) (increase(crm_refusals_total[2592000s]))"
    assert asked[0]["time"] == ["1769990400"]


def test_real_prometheus_tells_what_the_service_refused(
    crm: Crm, database: str, tmp_path: Path
) -> None:
    def refused() -> dict[str, int]:
        done = crm(database, "report", "--by=day", "--json", f"--prometheus={prometheus}")
        codes: dict[str, int] = json.loads(done.stdout)["refused"]["codes"]
        return codes

    with (
        running_service(tmp_path, database_url=database) as service,
        running_prometheus(tmp_path, urlsplit(service.url).netloc) as prometheus,
        service.client() as client,
    ):
        assert refused() == {}
        asked = [IVAN, IVAN, IVAN, {**IVAN, "age": -1}]
        statuses = [client.post("/register", json=customer).status_code for customer in asked]
        assert statuses == [201, 400, 400, 422]
        # increase() досчитывает края: чем дольше собирают, тем меньше они значат.
        eventually(lambda: refused() == {"email_taken": 2, "invalid_customer": 1})


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (503, b"", "it answers 503"),
        (200, b"[]", "its answer is not one of Prometheus"),
        (200, b"{", "its answer is not one of Prometheus"),
    ],
)
def test_prometheus_that_does_not_know_is_one_line(
    crm: Crm, database: str, status: int, answer: bytes, said: str
) -> None:
    with prometheus(status, answer) as (url, _):
        done = crm(database, "report", f"--prometheus={url}")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: cannot ask Prometheus at {url} ({said});")


def test_prometheus_that_is_away_is_one_line(crm: Crm, database: str) -> None:
    done = crm(database, "report", "--prometheus=http://127.0.0.1:9")
    assert done.exit_code == 1
    assert "([Errno 111] Connection refused)" in done.stderr
