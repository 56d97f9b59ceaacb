"""Заголовки безопасности каждого ответа (OWASP, REST Security Cheat Sheet).

Strict-Transport-Security здесь нет: он имеет смысл только поверх TLS, и ставит его тот, кто TLS
завершает. Нет и Cross-Origin-Resource-Policy: сервис зовут с чужих страниц.
"""

from collections.abc import Iterable

# Кэшировать ответы нельзя: в них личные данные.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


def secured(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Прибавляет к заголовкам ответа недостающие; того, что ответ поставил сам, не трогает."""
    given = list(headers)
    names = {name for name, _ in given}
    return given + [header for header in SECURITY_HEADERS if header[0] not in names]
