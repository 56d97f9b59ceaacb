"""``GET /metrics``: замеры в виде Prometheus и те из них, что снимает сам HTTP."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Protocol, Self

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from application.register_discreetly import DiscreetOutcome
from entrypoints.http.paths import READY, REGISTER

_DURATION = "crm_http_request_duration_seconds"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ACCEPTED = "crm_accepted"
_OUTCOMES = {
    HTTPStatus.CREATED: "registered",
    HTTPStatus.BAD_REQUEST: "email_taken",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "invalid",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "invalid",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invalid",
    HTTPStatus.TOO_MANY_REQUESTS: "limited",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
    HTTPStatus.INTERNAL_SERVER_ERROR: "failed",
}

_REFUSALS = (
    *("email_taken", "invalid_customer", "invalid_body", "body_too_large"),
    *("unsupported_media_type", "unsupported_content_encoding"),
    *("invalid_idempotency_key", "idempotency_key_reused"),
    *("rate_limited", "overloaded", "unavailable", "internal_error"),
    *("request_timeout", "bad_request"),  # ими отказывает соединение
)


class Durations(Protocol):
    """Гистограмма длительностей с метками; величины ей отдают разом."""

    def labels(self, *values: str) -> Self:
        """Возвращает гистограмму с такими значениями меток."""
        ...

    def observe_all(self, values: Sequence[float]) -> None:
        """Учитывает величины."""
        ...


class RequestMetrics:
    """Меряет запросы и показывает всё, что намерено."""

    def __init__(
        self,
        registry: CollectorRegistry,
        whole_service: Callable[[CollectorRegistry], CollectorRegistry],
        histogram: Callable[..., Durations],
    ) -> None:
        """Создаёт замеры запросов.

        Args:
            registry: замеры этого процесса.
            whole_service: даёт по ним замеры всех процессов сервиса.
            histogram: создаёт гистограмму; аргументы те же, что у ``prometheus_client.Histogram``.
        """
        self._registry = registry
        self._whole_service = whole_service
        self._duration = histogram(
            _DURATION,
            "Time from a request's head to its answer, by route and status.",
            ["route", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )
        # Ноль для тревоги о неготовности: счётчик, который родился единицей, для ``rate`` не вырос.
        self._duration.labels(READY, str(int(HTTPStatus.SERVICE_UNAVAILABLE)))
        replays = Counter(
            "crm_replays",
            "POST /register answered with the customer whom its key had registered before.",
            registry=registry,
        )
        self.count_replay: Callable[[], None] = replays.inc
        """Учитывает повтор: по коду ответа его от первой регистрации не отличить."""
        self.count_refusal = _counted_refusals(registry)
        """Учитывает отказ по коду его вида: код состояния у разных видов общий."""
        self._accepted = Counter(
            _ACCEPTED,
            "POST /register answered 202, by what became of it.",
            ["outcome"],
            registry=registry,
        )

    def count_outcome(self, outcome: DiscreetOutcome) -> None:
        """Учитывает исход, о котором ответ молчит: код у всех один."""
        if outcome is DiscreetOutcome.REPLAYED:
            self.count_replay()
            outcome = DiscreetOutcome.REGISTERED
        elif outcome is DiscreetOutcome.EMAIL_TAKEN:
            self.count_refusal(outcome)  # покупателя не записали, хотя просившему так и не сказано
        self._accepted.labels(outcome).inc()

    def observer(self, route: str, status: int) -> Callable[[Sequence[float]], None]:
        """Возвращает то, что учтёт длительности таких запросов, с.

        Путь, которого сервис не знает, — ``-``, без ответа — 0.
        """
        return self._duration.labels(route, str(int(status))).observe_all

    async def endpoint(self, _request: Request) -> Response:
        """Отвечает замерами."""
        measured = _WithRegistrations(self._whole_service(self._registry))
        return Response(
            generate_latest(measured), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )


def _counted_refusals(registry: CollectorRegistry) -> Callable[[str], None]:
    refusals = Counter(
        "crm_refusals",
        "POST /register refused, by the code of the problem.",
        ["code"],
        registry=registry,
    )
    for code in _REFUSALS:  # с нуля: прирост считают и от первого отказа
        refusals.labels(code)
    return lambda code: refusals.labels(code).inc()


class _WithRegistrations(Collector):
    """Добавляет к замерам регистрации по исходам.

    Их число уже есть в гистограмме запросов: ещё один счётчик на каждом запросе не нужен. Отдельно
    сосчитаны только те, о чьём исходе код ответа молчит.
    """

    def __init__(self, measured: CollectorRegistry) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Metric]:
        """Перечисляет замеры."""
        counts = dict.fromkeys(_OUTCOMES.values(), 0.0)
        for metric in self._measured.collect():
            if metric.name == _ACCEPTED:
                for sample in metric.samples:
                    if sample.name == f"{_ACCEPTED}_total":
                        counts[sample.labels["outcome"]] += sample.value
                continue
            yield metric
            for sample in metric.samples:
                if sample.name == f"{_DURATION}_count" and sample.labels["route"] == REGISTER:
                    outcome = _OUTCOMES.get(int(sample.labels["status"]))  # type: ignore[call-overload]
                    if outcome is not None:
                        counts[outcome] += sample.value
        registrations = CounterMetricFamily(
            "crm_registrations", "POST /register by outcome.", labels=["outcome"]
        )
        for outcome, count in counts.items():
            registrations.add_metric([outcome], count)
        yield registrations
