"""Счёт исходов загрузки."""

from bisect import insort
from collections import Counter
from collections.abc import Sequence

from attrs import define, field

from domain.errors import BrokenRule

_LINES = 5  # номеров строк, которые показываются


@define
class ImportReport:
    """Сколько строк чем кончилось; верен в любое мгновение загрузки.

    Attributes:
        registered: зарегистрировано из этого источника, этим запуском или прежним.
        by_earlier_run: из них — прежним.
        already_there: отклонено, потому что покупатель с таким адресом уже есть.
        repeated: из них — потому что адрес повторён в этом же источнике.
        repeated_lines: номера первых таких строк.
        erased: пропущено, потому что покупателя стёрли и велели больше не загружать.
        refused: отклонено по другим причинам.
        reasons: сколько раз какое правило нарушено, по полю и коду.
        waiting: сколько строк ждут хранилища, которое сейчас недоступно.
        failed_line: строка, на которой загрузка прервалась не по своей вине.
    """

    registered: int = 0
    by_earlier_run: int = 0
    already_there: int = 0
    repeated: int = 0
    repeated_lines: list[int] = field(factory=list)
    erased: int = 0
    refused: int = 0
    reasons: Counter[tuple[str, str]] = field(factory=Counter)
    waiting: int = 0
    failed_line: int | None = None

    @property
    def rows(self) -> int:
        """Сколько строк уже кончилось чем-нибудь."""
        return self.registered + self.already_there + self.erased + self.refused

    def refuse(self, broken: Sequence[BrokenRule]) -> None:
        """Считает отклонённую строку."""
        self.refused += 1
        self.reasons.update((rule.field, rule.code) for rule in broken)

    def repeat(self, line: int) -> None:
        """Считает строку, чей адрес уже был выше."""
        self.repeated += 1
        # Первые — по номерам, в каком бы порядке строки ни кончились.
        insort(self.repeated_lines, line)
        del self.repeated_lines[_LINES:]

    def wait(self, rows: int) -> None:
        """Узнаёт, сколько строк сейчас ждут хранилища."""
        self.waiting = rows
