"""Трасса регистрации доходит до подписчика: отрезок отправки — её потомок, и вызов его несёт."""

from uuid import UUID

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.traced_deliveries import TracedSubscriber, current_trace
from application.waiting_events import WaitingEvent
from domain.events import CustomerRegistered, Source, event_id
from tests.support.customers import REGISTERED_AT, new_customer
from tests.support.subscribers import REFUSED, ScriptedSubscriber

pytestmark = pytest.mark.anyio


def waiting_event(trace: str | None) -> WaitingEvent:
    return WaitingEvent(
        id=1,
        event_id=event_id(UUID(int=1), 7),
        happened=CustomerRegistered(
            customer_id=7,
            registered_at=REGISTERED_AT,
            customer=new_customer(),
            source=Source.REGISTRATION,
        ),
        attempts=2,
        waited=0,
        trace=trace,
    )


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


async def test_delivery_goes_on_the_trace_of_the_registration(
    provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    subscriber = ScriptedSubscriber()
    traced = TracedSubscriber(provider, subscriber)
    assert traced.name == "crm"
    with provider.get_tracer("test").start_as_current_span("POST /register"):
        trace = current_trace()
    await traced.receive(waiting_event(trace))
    registration, delivery = sorted(spans.get_finished_spans(), key=lambda span: span.name)
    assert (delivery.name, registration.name) == ("send crm", "POST /register")
    assert delivery.parent is not None
    assert registration.context is not None
    assert delivery.parent.span_id == registration.context.span_id
    [(_, sent)] = subscriber.received
    assert sent.trace is not None
    assert sent.trace != trace
    assert sent.trace[:35] == str(trace)[:35]
    assert "example.ru" not in str([span.to_json() for span in spans.get_finished_spans()])


async def test_refusal_is_an_error_of_the_span_and_an_event_without_a_trace_begins_one(
    provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    traced = TracedSubscriber(provider, ScriptedSubscriber(lambda _: REFUSED))
    assert await traced.receive(waiting_event(None)) == REFUSED
    [delivery] = spans.get_finished_spans()
    assert delivery.parent is None
    assert delivery.status.description == "HTTP 500"


def test_without_a_trace_there_is_none() -> None:
    assert current_trace() is None
