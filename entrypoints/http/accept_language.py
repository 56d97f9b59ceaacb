"""Выбор языка ответа по заголовку Accept-Language (RFC 9110, 12.5.4)."""

import re

from starlette.datastructures import Headers

from entrypoints.texts import Language

_RANGE = re.compile(
    r"(?P<tag>[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:\s*;\s*q\s*=\s*(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?",
    re.IGNORECASE,
)

_MOST_RANGES = 32  # браузеры шлют до десятка; остальные из тысяч читать незачем


def request_language(headers: Headers) -> Language:
    """Выбирает язык по заголовкам запроса; несколько Accept-Language — одно поле (9110, 5.3)."""
    return preferred_language(",".join(headers.getlist("accept-language")))


def preferred_language(accept_language: str | None) -> Language:
    """Выбирает английский, если его предпочли русскому или русский не подходит; иначе русский.

    Не подходит он тому, кто попросил другие языки, а русского среди них не назвал: и немецкий,
    и казахский (kk), и белорусский (be), и украинский (uk) без русского — это английский.
    Неразборчивые части заголовка пропускаются: язык не повод отказать в ответе.
    Читаются первые 32 части.
    """
    if not accept_language:
        return Language.RU
    weights: dict[str, float] = {}
    for part in accept_language.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        if match := _RANGE.fullmatch(part.strip()):
            primary = match["tag"].lower().partition("-")[0]
            weight = float(match["q"] or 1)
            weights[primary] = max(weight, weights.get(primary, 0.0))
    default = weights.get("*", 0.0)
    english = weights.get(Language.EN, default)
    russian = weights.get(Language.RU, default)
    if english > russian:
        return Language.EN
    if russian or weights.get(Language.EN) == 0:
        return Language.RU
    is_other_asked = any(weights.values()) or Language.RU in weights
    return Language.EN if is_other_asked else Language.RU
