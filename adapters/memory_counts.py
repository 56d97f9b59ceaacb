"""Счёт регистраций в памяти: то, что PostgreSQL считает командами SQL."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from application.registration_counts import CountRequest, Counts
from domain.customer import Customer


def counted(everyone: Sequence[Customer], request: CountRequest) -> Counts:
    """Считает покупателей."""
    between = tuple(len(_registered(everyone, *one)) for one in pairwise(request.borders))
    chosen = _registered(everyone, request.since, request.until)
    ages = tuple(_ages(chosen, request.ages)) if request.ages else ()
    if request.fewest is None:
        return Counts(borders=request.borders, between=between, ages=ages)
    largest = Counter(one.country for one in chosen).most_common(request.most)
    return Counts(
        borders=request.borders,
        between=between,
        countries={name: count for name, count in largest if count >= request.fewest},
        all_countries=len(chosen),
        ages=ages,
    )


def _ages(chosen: Sequence[Customer], begin: Sequence[int]) -> list[int]:
    """Считает группы по порядку; последняя — возраст не назван."""
    unknown = len(begin) + 1
    found = Counter(unknown if one.age is None else bisect_right(begin, one.age) for one in chosen)
    return [found[place] for place in range(unknown + 1)]


def _registered(
    everyone: Sequence[Customer], since: datetime | None, until: datetime | None
) -> list[Customer]:
    """Зарегистрированные с этого мгновения по то, не включая его."""
    return [
        one
        for one in everyone
        if (since is None or since <= one.registered_at)
        and (until is None or one.registered_at < until)
    ]
