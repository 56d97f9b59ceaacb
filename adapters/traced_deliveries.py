"""Отрезок каждой отправки подписчику: трасса регистрации продолжается до него."""

from attrs import evolve
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from application.subscriber import Answer, Subscriber
from application.waiting_events import WaitingEvent

_NAME = "traceparent"
_propagator = TraceContextTextMapPropagator()


def current_trace() -> str | None:
    """Называет текущий отрезок (W3C Trace Context, ``traceparent``), если его ведут."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_NAME)


class TracedSubscriber(Subscriber):
    """Ведёт отрезок каждой отправки: он продолжает трассу регистрации и уходит с вызовом."""

    def __init__(self, provider: TracerProvider, subscriber: Subscriber) -> None:
        self._tracer = provider.get_tracer("crm_api.events")
        self._subscriber = subscriber

    @property
    def name(self) -> str:
        """Имя."""
        return self._subscriber.name

    async def receive(self, event: WaitingEvent) -> Answer:
        """Рассказывает о событии и возвращает ответ."""
        parent = _propagator.extract({_NAME: event.trace} if event.trace else {})
        with self._tracer.start_as_current_span(
            f"send {self.name}",
            context=parent,
            kind=SpanKind.PRODUCER,
            attributes={
                "messaging.message.id": str(event.event_id),
                "messaging.operation.type": "send",
                "crm.subscriber": self.name,
                "crm.attempt": event.attempts,
            },
            record_exception=False,
            set_status_on_exception=False,
        ):
            answer = await self._subscriber.receive(evolve(event, trace=current_trace()))
            if answer.failure is not None:
                trace.get_current_span().set_status(StatusCode.ERROR, answer.failure)
            return answer
