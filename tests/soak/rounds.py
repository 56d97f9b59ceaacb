"""Круги: чем кончился каждый отказ, и файл, по которому прерванное продолжается."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, frozen

from tests.checker.results import Result, recorded

_ANSWER_SECONDS = 5.0
"""Сколько ждать ответа: позже него ответа уже никто не ждёт."""


@frozen
class Round:
    """Один отказ под нагрузкой и при идущей загрузке.

    Attributes:
        result: что стало с регистрациями по HTTP.
        imported: сколько строк загружено по словам ``crm-api import``.
        import_lost: сколько из них не записано.
        import_doubled: сколько записано лишних.
        import_refused: сколько файлов загружено не целиком.
    """

    result: Result
    imported: int
    import_lost: int
    import_doubled: int
    import_refused: int

    @property
    def acknowledged(self) -> int:
        """Сколько подтверждено всего."""
        return self.result.acknowledged + self.imported

    @property
    def failures(self) -> list[str]:
        """Что обещано и не вышло; сколько длилась тишина, здесь не судится."""
        counted = {
            "lost": self.result.lost + self.import_lost,
            "doubled": self.result.doubled + self.import_doubled,
            "refused but stored": self.result.denied,
            "stored but never sent, or answered 500": self.result.unexpected,
            "unanswered": self.result.unanswered,
            "files not imported whole": self.import_refused,
        }
        failures = [f"{what} {count}" for what, count in counted.items() if count]
        if self.result.slowest > _ANSWER_SECONDS:
            failures.append(f"an answer after {self.result.slowest:.1f} s")
        return failures


class Rounds:
    """Оконченные круги в файле: строка на круг, дописанная, когда круг сверен."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "rounds.jsonl"
        self.done = self._read()

    def append(self, finished: Round) -> None:
        """Дописывает круг и ждёт, пока он ляжет на диск."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(finished)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.done.append(finished)

    def _read(self) -> list[Round]:
        if not self._path.exists():
            return []
        text = self._path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # убит, пока дописывал: круг не в счёт, а следующий начнёт с новой строки
            self._path.write_text(whole, encoding="utf-8")
        return [_round(line) for line in whole.splitlines()]


def _round(line: str) -> Round:
    values = json.loads(line)
    (result,) = recorded(json.dumps([values.pop("result")]))
    return Round(result, **values)


def summary(rounds: Sequence[Round]) -> str:
    """Строит таблицу Markdown: строка на отказ, последняя — всего."""
    headings = (
        "| fault | rounds | acknowledged | of them imported | lost | doubled | refused but stored"
        " | slowest answer, s | unanswered |"
    )
    lines = [headings, "|---|" + "---:|" * 8]
    names = dict.fromkeys(one.result.fault for one in rounds)
    lines += [_line(name, [one for one in rounds if one.result.fault == name]) for name in names]
    return "\n".join([*lines, _line("all", rounds)]) + "\n"


def _line(name: str, rounds: Sequence[Round]) -> str:
    results = [one.result for one in rounds]
    cells = [
        name,
        len(rounds),
        sum(one.acknowledged for one in rounds),
        sum(one.imported for one in rounds),
        sum(one.result.lost + one.import_lost for one in rounds),
        sum(one.result.doubled + one.import_doubled for one in rounds),
        sum(result.denied for result in results),
        f"{max((result.slowest for result in results), default=0):.1f}",
        sum(result.unanswered for result in results),
    ]
    return f"| {' | '.join(map(str, cells))} |"
