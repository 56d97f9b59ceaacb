"""Тот же сервис без замеров и номеров запросов: сколько они стоят, видно рядом с ним."""

import time
from collections.abc import Sequence

from dependency_injector import providers

from adapters.write_observer import SilentWriteObserver
from entrypoints.cli.crm_api import crm_api
from entrypoints.container import Container
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.request_lifecycle import RequestContext, RequestLifecycle
from entrypoints.http.security_headers import SECURITY_HEADERS


class Unobserved(RequestLifecycle):
    """``RequestLifecycle``, от которого остались CORS, заголовки безопасности и строка журнала."""

    def __init__(self, cors: CorsPolicy) -> None:
        super().__init__(cors, lambda *_: lambda _: None)

    def begin(self, given_id: bytes | None, origin: bytes | None) -> RequestContext:
        """Начинает запрос без номера."""
        del given_id
        cors = self._cors.by_origin.get(origin or b"", self._cors.of_others)
        return RequestContext("", time.perf_counter(), cors)

    def headers(
        self, request: RequestContext, headers: Sequence[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """Прибавляет к заголовкам ответа всё, кроме номера."""
        return [*headers, *SECURITY_HEADERS, *request.cors]


if __name__ == "__main__":
    Container.lifecycle.override(
        providers.Singleton(
            Unobserved, providers.Factory(CorsPolicy, Container.settings.provided.cors_origins)
        )
    )
    Container.write_observer.override(providers.Singleton(SilentWriteObserver))
    crm_api(["serve"])
