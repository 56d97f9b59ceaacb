"""Малые группы: по показанному, даже зная правила, ни одной не вычислить."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.small_groups import (
    FEWEST_SHOWN,
    NamedGroups,
    Withheld,
    named_groups,
    shown_groups,
)

FEW, COMPANION = Withheld.FEW, Withheld.COMPANION


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([7, 9, 5], [7, 9, 5]),
        ([7, 0, 9], [7, 0, 9]),
        ([0, 0, 0], [0, 0, 0]),
        ([7, 3, 9], [7, FEW, COMPANION]),
        ([9, 7, 3], [COMPANION, 7, FEW]),
        ([9, 3, 0, 8], [9, FEW, FEW, 8]),
        ([9, 4, 4, 8], None),
        ([9, 1, 5, 8], None),
        ([4, 4, 4], None),
        ([12, 0, 0], [12, 0, 0]),
        ([9, 3, 0], None),
    ],
)
def test_small_groups_are_hidden_with_what_would_tell_them(
    counts: list[int], shown: list[int | Withheld] | None
) -> None:
    assert shown_groups(counts) == shown


def tables(groups: int, total: int) -> Iterator[tuple[int, ...]]:
    """Все таблицы из стольких групп с этой суммой."""
    if groups == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables(groups - 1, total - first):
            yield (first, *rest)


@pytest.mark.parametrize(
    ("groups", "most"), [(2, 40), (3, 36), (4, 28)], ids=["2 groups", "3 groups", "4 groups"]
)
def test_nobody_can_compute_a_hidden_group_who_knows_the_rules(groups: int, most: int) -> None:
    # Читатель знает правила и сумму: он перебирает все таблицы, которые показали бы то же самое.
    for total in range(most + 1):
        alike = defaultdict(list)
        for table in tables(groups, total):
            alike[str(shown_groups(table))].append(table)
        for same in alike.values():
            shown = shown_groups(same[0]) or [FEW] * groups
            for place, one in enumerate(shown):
                values = {table[place] for table in same}
                is_told = len(values) == 1 and 0 < min(values) < FEWEST_SHOWN
                assert isinstance(one, int) or not is_told, (same, place)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=9))
def test_what_is_shown_is_true(counts: list[int]) -> None:
    for count, shown in zip(counts, shown_groups(counts) or counts, strict=True):
        assert shown in (count, FEW if count < FEWEST_SHOWN else COMPANION)
    if any(0 < count < FEWEST_SHOWN for count in counts):
        assert shown_groups(counts) != counts


@pytest.mark.parametrize(
    ("counts", "total", "found"),
    [
        ({}, 0, NamedGroups((), 0)),
        ({"a": 9, None: 5}, 14, NamedGroups((("a", 9), (None, 5)), 0)),
        ({"a": 9, "b": 5}, 20, NamedGroups((("a", 9), ("b", 5)), 6)),
        ({"a": 9, "b": 5}, 15, NamedGroups((("a", 9),), 6)),
        ({"b": 5, "a": 5}, 10, NamedGroups((("a", 5), ("b", 5)), 0)),
        ({"a": 9, "b": 3}, 12, NamedGroups((), 12)),
        ({}, 4, NamedGroups((), FEW)),
        ({"a": 9, "b": 8, "c": 7}, 24, NamedGroups((("a", 9), ("b", 8)), 7)),
    ],
)
def test_names_of_the_few_are_not_told(
    counts: dict[str | None, int], total: int, found: NamedGroups
) -> None:
    assert named_groups(counts, total, most=2) == found


@given(st.dictionaries(st.none() | st.sampled_from("abcdefgh"), st.integers(1, 9)))
def test_small_and_named_groups_make_the_total_and_nobody_is_told_apart(
    counts: dict[str | None, int],
) -> None:
    total = sum(counts.values())
    found = named_groups(counts, total, most=4)
    assert all(counts[name] == count >= FEWEST_SHOWN for name, count in found.named)
    if isinstance(found.others, int):
        assert found.others + sum(count for _, count in found.named) == total
        assert found.others == 0 or found.others >= FEWEST_SHOWN
    else:
        assert not found.named
        assert 0 < total < FEWEST_SHOWN
