"""Замеры, о которых говорят панель, тревоги и страница для оператора."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context

import pytest
from dependency_injector import providers
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from adapters.delivery_metrics import PrometheusDeliveryObserver
from adapters.prometheus import PrometheusWriteObserver
from entrypoints.container import Container

SUBSCRIBER = "crm"


@contextmanager
def running(
    container: Container,
) -> Iterator[tuple[TestClient, PrometheusWriteObserver, PrometheusDeliveryObserver]]:
    """Сервис с одним подписчиком, с которым ещё ничего не случилось."""
    registry = container.metrics_registry()
    observer = PrometheusWriteObserver(registry)
    container.write_observer.override(providers.Object(observer))
    container.lost_log_lines()
    deliveries = PrometheusDeliveryObserver(registry, [SUBSCRIBER])
    with TestClient(container.app()) as client:
        yield client, observer, deliveries


def families(client: TestClient) -> list[Metric]:
    return list(text_string_to_metric_families(client.get("/metrics").text))


@pytest.fixture
def measured(container: Container) -> set[str]:
    """Имена всех замеров сервиса, в котором случилось всё, что бывает."""
    with running(container) as (client, observer, deliveries):

        async def write() -> None:
            with observer.batch([copy_context()]):
                pass

        assert client.portal
        client.portal.call(write)
        deliveries.lag(SUBSCRIBER, waiting=1, oldest=1, is_paused=False)
        observer.database_error("57P01")
        observer.load(waiting=1, busy=1, idle=1)
        observer.ids(left=1)
        container.lost_log_lines()(1)
        client.get("/health")
        return {family.name for family in families(client) if family.samples}


@pytest.fixture
def zeros(container: Container) -> list[tuple[str, dict[str, str]]]:
    """Имена и метки замеров, у которых есть ноль, пока с сервисом ничего не случилось."""
    with running(container) as (client, _, _):
        return [
            (sample.name, sample.labels)
            for family in families(client)
            for sample in family.samples
            if sample.value == 0
        ]
