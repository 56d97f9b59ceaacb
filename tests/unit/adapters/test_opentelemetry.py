"""Трассы: что в отрезках есть и чего в них нет."""

from collections.abc import Iterator
from contextvars import copy_context

import pytest
from dependency_injector import providers
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode
from starlette.testclient import TestClient

from adapters.opentelemetry import TracedWrites
from adapters.write_observer import SilentWriteObserver
from entrypoints.container import Container
from entrypoints.http.tracing import traced_requests
from entrypoints.trace_switch import Tracing
from tests.support.customers import IVAN
from tests.support.failing_repositories import FailingRepository

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@pytest.fixture
def traced(container: Container, provider: TracerProvider) -> Container:
    container.tracing.override(providers.Object(Tracing(requests=traced_requests(provider))))
    return container


@pytest.fixture
def client(traced: Container) -> Iterator[TestClient]:
    with TestClient(traced.app()) as client:
        yield client


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def test_request_is_a_server_span_named_by_its_route(
    client: TestClient, exporter: InMemorySpanExporter
) -> None:
    client.post("/register", json=IVAN, headers={"X-Request-ID": "abc"})
    span = only(exporter)
    assert (span.name, span.kind) == ("POST /register", SpanKind.SERVER)
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/register",
        "http.response.status_code": 201,
        "crm.request_id": "abc",
    }
    assert span.parent is None


def test_trace_of_the_caller_goes_on(client: TestClient, exporter: InMemorySpanExporter) -> None:
    client.get("/health", headers=PARENT)
    span = only(exporter)
    assert span.context
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent
    assert span.parent.is_remote


def test_span_holds_no_personal_data(
    client: TestClient, exporter: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    planted = {**IVAN, "name": "Planted", "email": "planted@example.ru"}
    headers = {"User-Agent": "planted", "X-Request-ID": "planted@example.ru"}
    client.post("/register?email=planted@example.ru", json=planted, headers=headers)
    client.post("/register", json=planted, headers={**headers, "baggage": "email=planted"})
    client.get("/customers/planted@example.ru", headers=headers)
    client.request("PLANTED", "/health")
    for state in ("mail=planted@example.ru", "planted@example.ru", "a=planted,a=planted"):
        client.get("/health", headers={**PARENT, "tracestate": state})
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == [
        "POST /register",
        "POST /register",
        "GET",
        "_OTHER /health",
        *["GET /health"] * 3,
    ]
    text = "".join(span.to_json() for span in spans).lower() + caplog.text
    assert "planted" not in text
    assert "testclient" not in text


def test_own_fault_is_an_error_without_the_text_of_the_exception(
    traced: Container, exporter: InMemorySpanExporter
) -> None:
    traced.customers.override(providers.Object(FailingRepository(KeyError("planted"))))
    with TestClient(traced.app()) as failing:
        failing.post("/register", json=IVAN)
    span = only(exporter)
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes
    assert span.attributes["http.response.status_code"] == 500
    assert "planted" not in span.to_json()


def test_batch_is_linked_to_the_requests_it_serves(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    tracer = provider.get_tracer("tests")
    callers = []
    for name in ("one", "two"):
        with tracer.start_as_current_span(name):
            callers.append(copy_context())
    callers.append(copy_context())  # у этого трассы нет
    with TracedWrites(provider, SilentWriteObserver()).batch(callers):
        pass
    *requests, batch = exporter.get_finished_spans()
    assert [link.context for link in batch.links] == [request.context for request in requests]
    assert batch.parent is None
    assert batch.attributes
    assert batch.attributes["db.operation.batch.size"] == 3


def test_batch_is_not_linked_to_a_request_whose_trace_nobody_keeps(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    unsampled = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("tests")
    with unsampled.start_as_current_span("request"):
        caller = copy_context()
    with TracedWrites(provider, SilentWriteObserver()).batch([caller]):
        pass
    assert not only(exporter).links


def test_database_error_marks_its_batch(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    observer = TracedWrites(provider, SilentWriteObserver())
    with observer.batch([]):
        observer.database_error("57P01")
    span = only(exporter)
    assert span.attributes
    assert span.attributes["db.response.status_code"] == "57P01"
    assert span.status.status_code is StatusCode.ERROR
