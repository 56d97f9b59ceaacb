"""Замеченное в ячейках: сколько чего, в каких строках и с какими примерами."""

from attrs import define, field, frozen

from adapters.csv.suspicion_kinds import ADVICE

_LINES = 5  # номеров строк, которые показываются
_EXAMPLES = 2


@frozen
class Finding:
    """Подозрительное одного вида в одном поле.

    Attributes:
        field: поле покупателя.
        kind: вид.
        rows: в скольких строках.
        lines: номера первых из них.
        examples: две ячейки.
    """

    field: str
    kind: str
    rows: int
    lines: tuple[int, ...]
    examples: tuple[str, ...]

    @property
    def explanation(self) -> str:
        """Что это значит и что делать."""
        return ADVICE[self.kind]


@define
class Findings:
    """Что замечено, по полям и видам."""

    _found: dict[tuple[str, str], tuple[list[int], list[int], list[str]]] = field(factory=dict)

    def add(self, name: str, kind: str, line: int, cell: str) -> None:
        """Запоминает ячейку."""
        rows, lines, examples = self._found.setdefault((name, kind), ([0], [], []))
        rows[0] += 1
        if len(lines) < _LINES:
            lines.append(line)
        if len(examples) < _EXAMPLES and cell not in examples:
            examples.append(cell[:60])

    def all(self) -> list[Finding]:
        """Перечисляет замеченное в порядке появления."""
        return [
            Finding(name, kind, rows[0], tuple(lines), tuple(examples))
            for (name, kind), (rows, lines, examples) in self._found.items()
        ]
