"""Трассы OpenTelemetry: куда они идут и отрезок каждой пачки; личных данных в них нет."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanKind, StatusCode

from adapters.write_observer import WriteObserver

_log = logging.getLogger("crm_api.traces")

_FLUSH = 0.5  # секунд; вместе с остальным закрытием сервиса — не больше секунды сверх срока


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

    def ids(self, *, left: int) -> None:
        """Трассам номера не нужны."""
        self._observer.ids(left=left)
