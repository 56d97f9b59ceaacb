"""Замеры рассылки для Prometheus."""

from collections.abc import Iterable
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge

from adapters.delivery_observer import DeliveryObserver
from application.deliver_events import Round


class PrometheusDeliveryObserver(DeliveryObserver):
    """Считает доставленное, отложенное и отвергнутое; помнит, сколько ждёт."""

    def __init__(self, registry: CollectorRegistry, subscribers: Iterable[str]) -> None:
        """Заводит замеры.

        Args:
            registry: куда.
            subscribers: имена подписчиков: счётчик, который родился единицей, для ``rate`` не
                вырос, поэтому нули есть с самого начала.
        """
        self._events = Counter(
            "crm_events",
            "Events sent, by what became of them.",
            ["subscriber", "outcome"],
            registry=registry,
        )
        self._waiting = Gauge(
            "crm_events_waiting",
            "Events that the subscriber has not accepted yet.",
            ["subscriber"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._oldest = Gauge(
            "crm_events_oldest_seconds",
            "How long the oldest of them has been waiting.",
            ["subscriber"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._paused = Gauge(
            "crm_events_paused",
            "1 if nothing is sent to the subscriber for now, else 0.",
            ["subscriber"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        for name in subscribers:
            self.round(name, Round())

    def round(self, subscriber: str, ended: Round) -> None:
        """Считает рассылку."""
        for outcome in ("delivered", "postponed", "failed"):
            self._events.labels(subscriber, outcome).inc(getattr(ended, outcome))

    def lag(self, subscriber: str, *, waiting: int, oldest: float, is_paused: bool) -> None:
        """Запоминает, сколько ждёт и не приостановлен ли подписчик."""
        self._waiting.labels(subscriber).set(waiting)
        self._oldest.labels(subscriber).set(oldest)
        self._paused.labels(subscriber).set(is_paused)

    def lost(self, subscriber: str) -> None:
        """Забывает, сколько ждёт: прежнее число выглядело бы нынешним."""
        for measured in (self._waiting, self._oldest, self._paused):
            measured.labels(subscriber).set(nan)
