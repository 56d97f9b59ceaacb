"""Настройки для глаз оператора: что задано и откуда; тайного в них нет."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from entrypoints.database_url import masked
from entrypoints.settings import PREFIX, settings_of
from entrypoints.subscriber_settings import shown_url


@frozen
class ShownSetting:
    """Настройка для глаз оператора.

    Attributes:
        name: имя переменной.
        value: значение словами; ``None`` — не задано и само по себе ничего не значит.
        source: откуда оно: ``environment``, имя файла или ``default``.
    """

    name: str
    value: str | None
    source: str


def shown_settings(given: Mapping[str, tuple[object, str]]) -> list[ShownSetting]:
    """Возвращает все настройки с источниками; паролей в них нет.

    Args:
        given: что задано (``settings.given_settings``).

    Raises:
        SettingsError: имя или значение неверно.
    """
    return [
        ShownSetting(
            variable := PREFIX + name.upper(),
            _shown(name, value),
            given[variable][1] if variable in given else "default",
        )
        for name, value in attrs.asdict(settings_of(given), recurse=False).items()
    ]


def _shown(name: str, value: object) -> str | None:
    match value:
        case None | ():
            shown = None
        case tuple() if name == "webhook_secret":
            shown = "***"
        case bool():
            shown = str(value).lower()
        case tuple():
            shown = ",".join(map(str, value))
        case str() if name == "database_url":
            shown = masked(value)
        case str() if name == "webhook_url":
            shown = shown_url(value)
        case _:
            shown = str(value)
    return shown
