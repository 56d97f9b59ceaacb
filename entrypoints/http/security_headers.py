"""Заголовки безопасности каждого ответа (OWASP, REST Security Cheat Sheet).

Strict-Transport-Security здесь нет: он имеет смысл только поверх TLS, и ставит его тот, кто TLS
завершает. Нет и Cross-Origin-Resource-Policy: сервис зовут с чужих страниц.
"""

# Кэшировать ответы нельзя: в них личные данные.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
