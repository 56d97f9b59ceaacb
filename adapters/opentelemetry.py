"""Трассы OpenTelemetry: отрезок на запрос и на пачку; личных данных в них нет.

Слой самого Starlette не подошёл: он пишет в отрезок адрес читателя, путь и строку запроса
дословно, а текст исключения — целиком.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.postgres.observer import WriteObserver
from application.request_id import current_request

_log = logging.getLogger("crm_api.traces")

_FLUSH = 0.5  # секунд; вместе с остальным закрытием сервиса — не больше секунды сверх срока
_SERVER_ERROR = 500
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_propagator = TraceContextTextMapPropagator()


@contextmanager
def exported_traces() -> Iterator[TracerProvider]:
    """Посылает трассы по OTLP туда, куда велят переменные ``OTEL_…``; в конце досылает.

    Досылает не дольше ``_FLUSH``: сам OpenTelemetry ждёт молчащего сборщика до 30 с.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 — тестам не нужен
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 — то же

    name = os.environ.get("OTEL_SERVICE_NAME") or "crm-api"
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider
    finally:
        closing = Thread(target=provider.shutdown, daemon=True)
        closing.start()
        closing.join(_FLUSH)
        if closing.is_alive():
            _log.warning("the last traces are not sent: their collector does not answer")


def traced_requests(provider: TracerProvider) -> Callable[[ASGIApp], ASGIApp]:
    """Возвращает слой ASGI, который ведёт отрезок запроса; имена — HTTP semconv 1.23."""
    tracer = provider.get_tracer("crm_api.http")

    def around(app: ASGIApp) -> ASGIApp:
        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
            with tracer.start_as_current_span(
                method,
                context=_parent(scope),
                kind=SpanKind.SERVER,
                attributes={
                    "http.request.method": method,
                    "crm.request_id": str(current_request.get()),
                },
                record_exception=False,  # в тексте исключения бывают личные данные
                set_status_on_exception=False,
            ) as span:

                async def send_noting_status(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.set_attribute("http.response.status_code", message["status"])
                        if message["status"] >= _SERVER_ERROR:
                            span.set_status(StatusCode.ERROR)
                    await send(message)

                await app(scope, receive, send_noting_status)
                if (route := getattr(scope.get("route"), "path_format", None)) is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)

        return traced

    return around


def _parent(scope: Scope) -> TraceContext:
    """Читает W3C Trace Context; baggage не нужен: в нём бывает что угодно."""
    carrier = {
        name.decode(): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in {b"traceparent", b"tracestate"}
    }
    return _propagator.extract(carrier, context=TraceContext())


class TracedWrites(WriteObserver):
    """Ведёт отрезок каждой пачки со ссылками на отрезки её запросов; остальное передаёт дальше."""

    def __init__(self, provider: TracerProvider, observer: WriteObserver) -> None:
        self._tracer = provider.get_tracer("crm_api.database")
        self._observer = observer

    @contextmanager
    def batch(self, callers: Sequence[Context]) -> Iterator[None]:
        """Охватывает пачку отрезком."""
        spans = [caller.run(trace.get_current_span).get_span_context() for caller in callers]
        links = [Link(span) for span in spans if span.is_valid and span.trace_flags.sampled]
        # Одна пачка служит многим запросам, поэтому ничей она не потомок, а начинает трассу.
        with (
            self._tracer.start_as_current_span(
                "INSERT customers",
                context=TraceContext(),
                kind=SpanKind.CLIENT,
                attributes={
                    "db.system.name": "postgresql",
                    "db.operation.name": "INSERT",
                    "db.collection.name": "customers",
                    "db.operation.batch.size": len(callers),
                },
                links=links,
                record_exception=False,
                set_status_on_exception=False,
            ),
            self._observer.batch(callers),
        ):
            yield

    def database_error(self, sqlstate: str | None) -> None:
        """Отмечает ошибку в отрезке пачки."""
        span = trace.get_current_span()
        span.set_attribute("db.response.status_code", sqlstate or "none")
        span.set_status(StatusCode.ERROR)
        self._observer.database_error(sqlstate)

    def load(self, *, waiting: int, busy: int, idle: int) -> None:
        """Трассам нагрузка не нужна."""
        self._observer.load(waiting=waiting, busy=busy, idle=idle)
