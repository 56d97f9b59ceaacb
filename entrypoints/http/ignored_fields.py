"""Заголовок ``X-Ignored-Fields``: поля тела, которых сервис не знает; чаще всего это опечатки."""

from collections.abc import Sequence
from urllib.parse import quote

IGNORED_FIELDS = "X-Ignored-Fields"
"""Имя заголовка."""

_MAX_NAME = 40  # знаков: опечатка в имени поля короче
_MAX_LENGTH = 400  # знаков значения, без последнего


def ignored_fields(names: Sequence[str]) -> str:
    """Называет поля по порядку через запятую.

    Знаки, кроме букв ASCII, цифр и ``-._~``, записаны через процент (RFC 3986, 2.1, UTF-8): в
    заголовке может оказаться что угодно. Длинное имя обрезано и кончается на ``+``, а о тех, кто
    не поместился, говорит число: ``+3``.
    """
    told: list[str] = []
    length = 0
    for name in names:
        written = quote(name[:_MAX_NAME], safe="") + "+" * (len(name) > _MAX_NAME)
        length += len(written) + 2
        if length > _MAX_LENGTH:
            # Остальные только считаются: в теле их помещаются тысячи.
            told.append(f"+{len(names) - len(told)}")
            break
        told.append(written)
    return ", ".join(told)
