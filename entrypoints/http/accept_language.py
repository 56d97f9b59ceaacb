"""Выбор языка ответа по заголовку Accept-Language (RFC 9110, 12.5.4)."""

import re

from starlette.datastructures import Headers

from entrypoints.texts import Language

_RANGE = re.compile(
    r"(?P<tag>[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:\s*;\s*q\s*=\s*(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE,
)


def request_language(headers: Headers) -> Language:
    """Выбирает язык по заголовкам запроса; несколько Accept-Language — одно поле (9110, 5.3)."""
    return preferred_language(",".join(headers.getlist("accept-language")))


def preferred_language(accept_language: str | None) -> Language:
    """Выбирает английский, если его предпочли русскому; иначе русский.

    Неразборчивые части заголовка пропускаются: язык не повод отказать в ответе.
    """
    if not accept_language:
        return Language.RU
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        if match := _RANGE.fullmatch(part.strip()):
            primary = match["tag"].lower().partition("-")[0]
            weight = float(match["q"] or 1)
            weights[primary] = max(weight, weights.get(primary, 0.0))
    default = weights.get("*", 0.0)
    english = weights.get(Language.EN, default)
    russian = weights.get(Language.RU, default)
    return Language.EN if english > russian else Language.RU
