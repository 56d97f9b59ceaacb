"""Трассы запросов: слой ASGI, который ведёт отрезок каждого; личных данных в нём нет.

Слой самого Starlette не подошёл: он пишет в отрезок адрес читателя, путь и строку запроса
дословно, а текст исключения — целиком. Нужен OpenTelemetry, поэтому импортирует модуль только
контейнер, и только когда трассы включены.
"""

from collections.abc import Callable
from http import HTTPStatus

from opentelemetry.context import Context as TraceContext
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.request_id import current_request

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_propagator = TraceContextTextMapPropagator()


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
                        if message["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
                            span.set_status(StatusCode.ERROR)
                    await send(message)

                await app(scope, receive, send_noting_status)
                if (route := getattr(scope.get("route"), "path_format", None)) is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)

        return traced

    return around


def _parent(scope: Scope) -> TraceContext:
    """Читает W3C Trace Context: из него один traceparent, чей вид известен до знака.

    Baggage и tracestate не нужны: в них бывает что угодно, а библиотека и в отрезок их пишет, и, не
    разобрав, в журнал.
    """
    carrier = {
        name.decode(): value.decode("latin-1")
        for name, value in scope["headers"]
        if name == b"traceparent"
    }
    return _propagator.extract(carrier, context=TraceContext())
