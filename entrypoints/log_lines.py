"""Несколько событий одной записью журнала: запись ``logging`` стоит дороже самой строки."""

from collections.abc import Sequence

from attrs import frozen


@frozen
class LogLines:
    """События одного оборота цикла событий; журнал сервиса пишет каждое своей строкой.

    Attributes:
        events: номер запроса и текст каждого.
    """

    events: Sequence[tuple[str, str]]

    def __str__(self) -> str:
        return "\n".join([text for _, text in self.events])
