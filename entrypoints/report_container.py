"""Часть контейнера: отчёт о регистрациях."""

from typing import Any

from dependency_injector import containers, providers

from adapters.csv.times import time_zone
from adapters.postgres.registration_counts import PostgresRegistrationCounts
from adapters.prometheus_refusals import PrometheusRefusalCounts
from application.refusal_counts import RefusalCounts
from application.report_registrations import ReportRegistrations


def _refusal_counts(prometheus_url: str | None) -> RefusalCounts | None:
    """Счёт отказов, если назван тот, кто его ведёт."""
    return None if prometheus_url is None else PrometheusRefusalCounts(prometheus_url)


class Reporting(containers.DeclarativeContainer):
    """Провайдеры отчёта."""

    settings: providers.Dependency[Any] = providers.Dependency()
    clock: providers.Dependency[Any] = providers.Dependency()
    database_url: providers.Dependency[Any] = providers.Dependency()

    time_zone = providers.Callable(time_zone)
    timeout = providers.Dependency(instance_of=int)
    prometheus_url = settings.provided.prometheus_url
    registration_counts = providers.Factory(
        PostgresRegistrationCounts,
        database_url,
        timeout=timeout,
        log_sql=settings.provided.log_sql,
    )
    refusal_counts = providers.Callable(_refusal_counts, prometheus_url)
    report_registrations = providers.Factory(
        ReportRegistrations, registration_counts, refusal_counts, clock
    )
