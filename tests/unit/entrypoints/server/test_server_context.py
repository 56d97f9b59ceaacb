"""Память, которую процесс держит за соединениями: кто уступает, когда её не хватает."""

from attrs import define

from entrypoints.server.limits import ConnectionLimits
from entrypoints.server.server_context import ServerContext


@define(eq=False)
class Debtor:
    """Соединение, за которым держат столько байтов."""

    held: int
    is_cut_off: bool = False

    def reset(self) -> None:
        self.is_cut_off = True


def test_those_who_are_held_for_longest_give_way_beyond_the_budget() -> None:
    context = ServerContext(ConnectionLimits(held=800))
    debtors = [Debtor(100) for _ in range(9)]
    for debtor in debtors[:8]:
        context.hold(debtor)
    assert not any(debtor.is_cut_off for debtor in debtors)
    context.hold(debtors[8])
    # До семи восьмых предела: чтобы не мерить всех ради каждого нового.
    assert [debtor.is_cut_off for debtor in debtors] == [True] * 2 + [False] * 7


def test_what_was_taken_meanwhile_is_not_counted() -> None:
    context = ServerContext(ConnectionLimits(held=800))
    reading, deaf = Debtor(700), Debtor(100)
    context.hold(reading)
    reading.held = 50
    for _ in range(5):
        context.hold(deaf)
        context.hold(Debtor(100))
    assert not reading.is_cut_off
    assert not deaf.is_cut_off


def test_released_gives_its_bytes_back() -> None:
    context = ServerContext(ConnectionLimits(held=800))
    for _ in range(100):
        debtor = Debtor(500)
        context.hold(debtor)
        context.release(debtor)
        context.release(debtor)
        assert not debtor.is_cut_off


def test_one_that_alone_is_beyond_the_budget_gives_way() -> None:
    context = ServerContext(ConnectionLimits(held=800))
    greedy = Debtor(900)
    context.hold(greedy)
    assert greedy.is_cut_off
