"""Сервер известных уязвимостей: отвечает, как OSV, и знает то, что ему дали."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from attrs import field, frozen

_TIME = "2026-01-01T00:00:00Z"


@frozen
class Advisories:
    """Работающий сервер.

    Attributes:
        url: куда слать вопросы.
        asked: о ком спросили: пакет и версия, в порядке вопросов.
    """

    url: str
    asked: list[tuple[str, str]] = field(factory=list)


@contextmanager
def advisories(known: Mapping[tuple[str, str], str]) -> Iterator[Advisories]:
    """Держит сервер, пока открыт контекст.

    Args:
        known: пакет с версией и номер его уязвимости.
    """

    class OneQuestion(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            pinned = (question["package"]["name"], question["version"])
            served.asked.append(pinned)
            answer = {"vulns": [_advisory(pinned, known[pinned])]} if pinned in known else {}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            """Молчит: вывод теста читают люди."""

    with ThreadingHTTPServer(("127.0.0.1", 0), OneQuestion) as server:
        served = Advisories(f"http://127.0.0.1:{server.server_port}/v1/query")
        Thread(target=server.serve_forever).start()
        try:
            yield served
        finally:
            server.shutdown()


def _advisory(pinned: tuple[str, str], number: str) -> dict[str, object]:
    name, version = pinned
    affected = {"package": {"name": name, "ecosystem": "PyPI"}, "versions": [version]}
    words = {"summary": "Made for a test", "details": "Made for a test"}
    return {"id": number, "modified": _TIME, "published": _TIME, **words, "affected": [affected]}
