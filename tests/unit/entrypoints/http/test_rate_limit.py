"""Предел частоты: сколько проходит, когда разрешат, сколько помнится."""

from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.rate_limit import RateLimit
from entrypoints.http.sender_address import SenderAddress
from entrypoints.problem_error import ProblemError
from entrypoints.setting_values import Rate

SECOND = 1_000_000_000


@define
class Clock:
    """Часы, которые переводит тест.

    Attributes:
        now: наносекунды.
    """

    now: int = 5 * SECOND

    def __call__(self) -> int:
        return self.now


def limited(rate: Rate, clock: Clock, **remembered: int) -> RateLimit:
    return RateLimit(rate, SenderAddress([]), clock=clock, **remembered)


def retry_after(limit: RateLimit, address: str = "198.51.100.7") -> int:
    """Просит раз; возвращает, через сколько секунд велено прийти снова, 0 — пропущен."""
    try:
        limit.check((address, 1), [])
    except ProblemError as problem:
        return int(problem.headers["Retry-After"])
    return 0


def test_whole_share_may_be_taken_at_once_and_comes_back_little_by_little() -> None:
    clock = Clock()
    limit = limited(Rate(3, "minute"), clock)
    assert [retry_after(limit) for _ in range(5)] == [0, 0, 0, 20, 20]
    clock.now += 19 * SECOND
    assert retry_after(limit) == 1
    clock.now += SECOND
    assert [retry_after(limit) for _ in range(2)] == [0, 20]


def test_addresses_do_not_share() -> None:
    limit = limited(Rate(1, "hour"), Clock())
    assert [retry_after(limit, f"198.51.100.{last}") for last in (1, 2, 1)] == [0, 0, 3600]


RATES = st.builds(Rate, st.integers(1, 50), st.sampled_from(["second", "minute", "hour"]))
PAUSES = st.lists(st.integers(0, 4000 * SECOND), min_size=1, max_size=60)


@given(RATES, PAUSES)
def test_no_stretch_of_time_lets_more_through_than_the_rate(rate: Rate, pauses: list[int]) -> None:
    clock = Clock()
    limit = limited(rate, clock)
    passed: list[int] = []
    for pause in pauses:
        clock.now += pause % (2 * rate.seconds * SECOND)
        if not retry_after(limit):
            passed.append(clock.now)
    interval = rate.seconds * SECOND // rate.count
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= rate.count + (end - begin) // interval


@given(RATES, PAUSES)
def test_who_waits_as_told_is_let_through(rate: Rate, pauses: list[int]) -> None:
    clock = Clock()
    limit = limited(rate, clock)
    for pause in pauses:
        clock.now += pause % (rate.seconds * SECOND)
        if seconds := retry_after(limit):
            assert seconds <= rate.seconds
            clock.now += seconds * SECOND
            assert not retry_after(limit)


@given(RATES, st.integers(1, 200))
def test_who_keeps_to_the_rate_is_never_refused(rate: Rate, times: int) -> None:
    clock = Clock()
    limit = limited(rate, clock)
    for _ in range(times):
        assert not retry_after(limit)
        clock.now += rate.seconds * SECOND // rate.count + 1


def test_many_addresses_take_no_more_memory_than_allowed() -> None:
    clock = Clock()
    limit = limited(Rate(1, "hour"), clock, remembered=100)
    victim = "192.0.2.1"
    assert not retry_after(limit, victim)
    for number in range(1000):
        clock.now += 1
        retry_after(limit, f"10.0.{number // 250}.{number % 250}")
        assert limit.remembered <= 200
    assert not retry_after(limit, victim)  # забыт, а не наказан за чужое


def test_addresses_are_forgotten_when_their_share_is_full_again() -> None:
    clock = Clock()
    limit = limited(Rate(1, "minute"), clock)
    for number in range(250):
        retry_after(limit, f"10.0.0.{number}")
    for _ in range(3):
        clock.now += 60 * SECOND
        retry_after(limit)
    assert limit.remembered <= 2
