"""Память толпы отдаётся, когда толпа ушла, и однажды."""

import pytest

from entrypoints.server.returned_memory import CONNECTION, CROWD, ReturnedMemory

THOUSANDS = CROWD // CONNECTION + 1


@pytest.mark.parametrize(
    ("seen", "times"),
    [
        ([(THOUSANDS, 0), (0, 0), (0, 0)], 1),
        ([(10, CROWD), (10, 0)], 1),
        ([(THOUSANDS, 0), (3, 0), (THOUSANDS, CROWD), (THOUSANDS // 3, 0)], 2),
        ([(THOUSANDS, 0), (THOUSANDS // 2, 0)], 0),
        ([(THOUSANDS, 0), (THOUSANDS // 2, 0), (THOUSANDS // 5, 0)], 1),
        ([(64, 0), (0, 0)], 0),
    ],
)
def test_memory_is_given_back_when_a_crowd_has_gone(
    seen: list[tuple[int, int]], times: int
) -> None:
    given_back = []
    memory = ReturnedMemory(lambda: given_back.append(1))
    for connections, held in seen:
        memory.watch(connections, held)
    assert len(given_back) == times


def test_system_takes_it_back() -> None:
    memory = ReturnedMemory()
    memory.watch(THOUSANDS, 0)
    memory.watch(0, 0)
