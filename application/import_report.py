"""Счёт исходов."""

from collections import Counter
from collections.abc import Sequence

from attrs import define, field

from domain.errors import BrokenRule


@define
class Tally:
    """Сколько строк чем кончилось.

    Attributes:
        registered: зарегистрировано из этого файла, этим запуском или прежним.
        by_earlier_run: из них — прежним.
        already_there: отклонено, потому что покупатель с таким адресом уже есть.
        refused: отклонено по другим причинам.
        reasons: сколько раз какое правило нарушено, по полю и коду.
    """

    registered: int = 0
    by_earlier_run: int = 0
    already_there: int = 0
    refused: int = 0
    reasons: Counter[tuple[str, str]] = field(factory=Counter)

    @property
    def rows(self) -> int:
        """Сколько строк уже кончилось чем-нибудь."""
        return self.registered + self.already_there + self.refused

    def refuse(self, broken: Sequence[BrokenRule]) -> None:
        """Считает отклонённую строку."""
        self.refused += 1
        self.reasons.update((rule.field, rule.code) for rule in broken)
