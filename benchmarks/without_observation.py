"""Тот же сервис без замеров и номеров запросов: сколько они стоят, видно рядом с ним."""

import asyncio
import logging
import time

from dependency_injector import providers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.write_observer import SilentWriteObserver
from entrypoints.cli.crm_api import crm_api
from entrypoints.container import Container
from entrypoints.http import app
from entrypoints.http.security_headers import secured

_log = logging.getLogger("crm_api.http")


class Unobserved:
    """Слой ``RequestObserver``, от которого остались заголовки безопасности и строка журнала."""

    def __init__(self, app: ASGIApp, *, observe: object) -> None:
        del observe
        self._app = app
        self._served: list[tuple[str, str, int, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Пропускает запрос дальше."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = secured(message["headers"])
            await send(message)

        await self._app(scope, receive, send_secured)
        elapsed = time.perf_counter() - started
        self._served.append((scope["method"], scope["path"], status, elapsed))
        if len(self._served) == 1:
            asyncio.get_running_loop().call_soon(self._report)

    def _report(self) -> None:
        served, self._served = self._served, []
        for method, path, status, elapsed in served:
            _log.info("%s %s %d in %.1f ms", method, path, status, elapsed * 1000)


if __name__ == "__main__":
    app.RequestObserver = Unobserved  # type: ignore[assignment,attr-defined]  # своего места ему не нужно
    Container.write_observer.override(providers.Singleton(SilentWriteObserver))
    crm_api(["serve"])
