"""Малые группы: сколько в какой, чтобы по показанному нельзя было узнать о немногих.

Правила читателю известны, поэтому о скрытом числе не должен говорить и сам выбор того, что скрыть
(docs/decisions/0029-small-groups.md). Пустую группу узнать можно: в ней никого нет.
"""

from collections.abc import Mapping, Sequence
from enum import Enum

from attrs import frozen

FEWEST_SHOWN = 5
"""Меньших групп не показывают."""

_MOST_HIDDEN = FEWEST_SHOWN - 1


class Withheld(Enum):
    """Почему числа нет."""

    FEW = "few"
    """Оно меньше ``FEWEST_SHOWN``."""
    COMPANION = "companion"
    """Иначе вычитанием нашли бы другое."""


type Shown = int | Withheld
"""Число или причина, по которой его нет."""


@frozen
class NamedGroups:
    """Группы, чьи названия придумали люди.

    Attributes:
        named: показанные, от большей к меньшей; ``None`` вместо названия — названия не дали.
        others: все остальные вместе.
    """

    named: tuple[tuple[str | None, int], ...]
    others: Shown


def shown_groups(counts: Sequence[int]) -> list[Shown] | None:
    """Скрывает малые из групп, о которых известно, что они есть; сумма всех известна читателю.

    Скрытая одна нашлась бы вычитанием, поэтому с нею скрыта соседняя. Соседняя, а не следующая по
    величине: место ни о каком числе не говорит, а порядок говорит. Если все скрытые как раз таковы,
    что сумма их выдаёт, не показано ничего.

    Args:
        counts: сколько в каждой, по порядку.

    Returns:
        По порядку то, что можно показать; ``None`` — по группам показывать нельзя.
    """
    hidden = [place for place, count in enumerate(counts) if count < FEWEST_SHOWN]
    together = sum(counts[place] for place in hidden)
    if not together:
        return list(counts)
    if sum(counts) == _MOST_HIDDEN * len(counts):  # не показывают ничего, каковы бы ни были группы
        return None
    shown: list[Shown] = [Withheld.FEW if n < FEWEST_SHOWN else n for n in counts]
    if len(hidden) > 1:
        return None if together == _MOST_HIDDEN * len(hidden) else shown
    neighbour = (hidden[0] + 1) % len(counts)
    # Одна и пять: ничто другое такой суммы не даёт.
    if together + counts[neighbour] == 1 + FEWEST_SHOWN:
        return None
    shown[neighbour] = Withheld.COMPANION
    return shown


def named_groups(counts: Mapping[str | None, int], total: int, most: int) -> NamedGroups:
    """Называет только большие группы: в придуманном немногими названии бывают и личные данные.

    Остальные сложены вместе; если и вместе их мало, к ним прибавлена наименьшая из названных, и
    которая это, не узнать.

    Args:
        counts: сколько в каждой; меньших, чем ``FEWEST_SHOWN``, здесь может и не быть.
        total: сколько всего, и в этих, и в остальных.
        most: сколько групп называть.
    """
    largest = sorted(counts.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))
    named = [one for one in largest if one[1] >= FEWEST_SHOWN][:most]
    others = total - sum(count for _, count in named)
    if named and 0 < others < FEWEST_SHOWN:
        others += named.pop()[1]
    is_shown = others >= FEWEST_SHOWN or not others
    return NamedGroups(tuple(named), others if is_shown else Withheld.FEW)
