"""Включены ли трассы: об этом говорят переменные OpenTelemetry и установленное дополнение."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from attrs import frozen
from starlette.types import ASGIApp

from adapters.write_observer import WriteObserver
from application.subscriber import Subscriber

_log = logging.getLogger("crm_api.traces")

# OpenTelemetry, OTLP Exporter Configuration.
_TRACES_GO_TO = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@frozen
class Tracing:
    """Что трассы окружают; без них — ничего.

    Attributes:
        is_on: включены ли они.
        requests: слой ASGI вокруг приложения.
        writes: наблюдатель за записью вокруг другого.
        current: называет трассу текущей просьбы; ``None`` — трасс не ведут.
        deliveries: отрезок вокруг каждой отправки подписчику.
    """

    is_on: bool = False
    requests: Callable[[ASGIApp], ASGIApp] = lambda app: app
    writes: Callable[[WriteObserver], WriteObserver] = lambda observer: observer
    current: Callable[[], str | None] | None = None
    deliveries: Callable[[Subscriber], Subscriber] = lambda subscriber: subscriber


@contextmanager
def switched_tracing(environ: Mapping[str, str] = os.environ) -> Iterator[Tracing]:
    """Включает трассы, если OpenTelemetry сказано, куда их слать, и он установлен."""
    if not any(environ.get(name) for name in _TRACES_GO_TO):
        yield Tracing()
        return
    try:
        from adapters.opentelemetry import TracedWrites, exported_traces  # noqa: PLC0415 — extra
        from adapters.traced_deliveries import (  # noqa: PLC0415 — extra
            TracedSubscriber,
            current_trace,
        )
        from entrypoints.http.tracing import traced_requests  # noqa: PLC0415 — extra
    except ImportError:
        _log.warning("no traces: OTEL_ variables are set, but crm-api[otel] is not installed")
        yield Tracing()
        return
    with exported_traces() as provider:
        yield Tracing(
            is_on=True,
            requests=traced_requests(provider),
            writes=partial(TracedWrites, provider),
            current=current_trace,
            deliveries=partial(TracedSubscriber, provider),
        )
