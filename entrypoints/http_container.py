"""Часть контейнера: приложение HTTP."""

from typing import Any

from dependency_injector import containers, providers

from entrypoints.http.app import create_app
from entrypoints.http.cors import CorsPolicy
from entrypoints.http.fast_path import FastPath
from entrypoints.http.rate_limit import rate_limit
from entrypoints.http.register_endpoint import RegisterEndpoint
from entrypoints.http.request_lifecycle import RequestLifecycle
from entrypoints.trace_switch import Tracing


def _fast_path(
    tracing: Tracing, lifecycle: RequestLifecycle, endpoint: RegisterEndpoint
) -> FastPath | None:
    """Даёт короткий путь; с трассами его нет: отрезок запроса ведёт слой ASGI."""
    return None if tracing.is_on else FastPath(lifecycle, endpoint)


class Http(containers.DeclarativeContainer):
    """Провайдеры приложения; остальное даёт ``Container``."""

    settings: providers.Dependency[Any] = providers.Dependency()
    metrics: providers.Dependency[Any] = providers.Dependency()
    tracing: providers.Dependency[Any] = providers.Dependency()
    stopping: providers.Dependency[Any] = providers.Dependency()
    opened: providers.Dependency[Any] = providers.Dependency()

    rate_limit = providers.Singleton(
        rate_limit, settings.provided.rate_limit, settings.provided.trusted_proxies
    )
    endpoint = providers.Singleton(
        RegisterEndpoint,
        metrics.provided.count_replay,
        metrics.provided.count_refusal,
        rate_limit,
        strict_fields=settings.provided.strict_fields,
    )
    lifecycle = providers.Singleton(
        RequestLifecycle,
        providers.Factory(CorsPolicy, settings.provided.cors_origins),
        metrics.provided.observer,
    )
    fast_path = providers.Callable(_fast_path, tracing, lifecycle, endpoint)
    app = providers.Singleton(
        create_app,
        opened,
        public_url=settings.provided.public_url,
        strict_fields=settings.provided.strict_fields,
        reveal_taken=settings.provided.reveal_taken,
        cors_origins=settings.provided.cors_origins,
        operations_port=settings.provided.operations_port,
        metrics=metrics,
        lifecycle=lifecycle,
        endpoint=endpoint,
        is_stopping=stopping.provided.is_set,
        traced=tracing.provided.requests,
    )
