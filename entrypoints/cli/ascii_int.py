"""Целое число в командной строке."""

from typing import Any

import click

from domain.text import ascii_integer


class AsciiInt(click.types.IntParamType):
    """Целое цифрами ASCII: в командной строке пишут его так же, как в настройках и в файле."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 — так у click
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Разбирает число; пределы, если они есть, проверяет ``click``."""
        number = ascii_integer(value) if isinstance(value, str) else value
        if number is None:
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        return super().convert(number, param, ctx)


class AsciiIntRange(AsciiInt, click.IntRange):
    """Такое же целое, но в пределах, которые показывает ``--help``."""
