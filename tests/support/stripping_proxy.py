"""Прокси, который показывает сервис под путём и отрезает этот путь: ``/crm/docs`` — ``/docs``."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2


@contextmanager
def stripping_proxy(url: str, prefix: str) -> Iterator[str]:
    """Держит прокси, пока открыт контекст; даёт адрес сервиса за ним.

    Args:
        url: где сервис.
        prefix: путь, который отрезается; с косой чертой только в начале.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with httpx2.Client(trust_env=False) as client:
                answer = client.request(
                    self.command,
                    url + self.path.removeprefix(prefix),
                    content=body,
                    headers={"Content-Type": self.headers.get("Content-Type", "")},
                )
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Location", "Content-Security-Policy"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — имя из http.server
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{prefix}"
        finally:
            server.shutdown()
            thread.join()
