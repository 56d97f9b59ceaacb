"""Целое число в командной строке."""

import re
from typing import Any

import click

_DIGITS = re.compile("-?[0-9]{1,18}")


class WholeNumber(click.IntRange):
    """Целое цифрами ASCII: ``int`` принял бы и ``3_3``, и ``٣٣``, а настройки и файл — нет."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 — так у click
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Разбирает число и проверяет пределы."""
        if isinstance(value, str) and not _DIGITS.fullmatch(value):
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        return super().convert(value, param, ctx)
