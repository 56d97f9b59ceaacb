"""Неизвестные поля тела; чаще всего это опечатки.

Ответ называет их в заголовке ``X-Ignored-Fields``, а если настройка велит отказывать
(``CRM_STRICT_FIELDS``), то в ``errors``.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from urllib.parse import quote

from domain.errors import BrokenRule

IGNORED_FIELDS = "X-Ignored-Fields"
"""Имя заголовка."""

MAX_REFUSED = 10
"""Неизвестных полей, которые назовёт отказ: в теле их помещаются тысячи."""

_MAX_NAME = 40  # знаков: опечатка в имени поля короче
_MAX_LENGTH = 400  # знаков значения, без последнего


def ignored_fields(names: Sequence[str]) -> str:
    """Называет поля по порядку через запятую; о тех, кто не поместился, говорит число: ``+3``."""
    told: list[str] = []
    length = 0
    for name in names:
        written = _written(name)
        length += len(written) + 2
        if length > _MAX_LENGTH:
            # Остальные только считаются: в теле их помещаются тысячи.
            told.append(f"+{len(names) - len(told)}")
            break
        told.append(written)
    return ", ".join(told)


def refused_fields(names: Iterable[str]) -> list[BrokenRule]:
    """Называет первые ``MAX_REFUSED`` полей нарушенными правилами."""
    return [BrokenRule(_written(name), "unknown_field") for name in islice(names, MAX_REFUSED)]


def _written(name: str) -> str:
    """Записывает имя, в котором может оказаться что угодно.

    Знаки, кроме букв ASCII, цифр и ``-._~``, записаны через процент (RFC 3986, 2.1, UTF-8); длинное
    имя обрезано и кончается на ``+``.
    """
    return quote(name[:_MAX_NAME], safe="") + "+" * (len(name) > _MAX_NAME)
