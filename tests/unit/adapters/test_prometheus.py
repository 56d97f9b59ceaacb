"""Гистограмма, которой отдают разом: счёт тот же, что у обычной, которой отдают по одной."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from adapters.prometheus import BatchedHistogram

_BOUNDS = (1, 2.5, 10)
# Целые и половины складываются точно в любом порядке; среди них есть и сами границы.
_VALUES = st.integers(0, 30).map(lambda halves: halves / 2)
_BATCHES = st.lists(st.lists(_VALUES, max_size=20), max_size=5)


def _shown(kind: type[Histogram], batches: Sequence[Sequence[float]]) -> bytes:
    registry = CollectorRegistry()
    labelled = kind("taken", "Time.", ["route"], buckets=_BOUNDS, registry=registry).labels("/")
    for batch in batches:
        if isinstance(labelled, BatchedHistogram):
            labelled.observe_all(batch)
        else:
            for value in batch:
                labelled.observe(value)
    return generate_latest(registry)


@given(_BATCHES)
def test_batches_are_counted_as_their_values_one_by_one(batches: list[list[float]]) -> None:
    assert _shown(BatchedHistogram, batches) == _shown(Histogram, batches)
